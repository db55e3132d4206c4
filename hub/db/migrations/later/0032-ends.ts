import type { Knex } from 'knex'

/** By what limits cullers stop servers, which servers have a desk open, and since when each hub is at work. */
export const endsOfServers = {
  name: '0032-ends',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('cullers', (table) => {
      table.double('idle_seconds').notNullable()
      // 0 is no limit.
      table.double('max_age_seconds').notNullable()
      // From round to round.
      table.double('every_seconds').notNullable()
      table.bigInteger('told').notNullable()
      table.primary(['idle_seconds', 'max_age_seconds', 'every_seconds'])
    })
    await db.schema.createTable('desks', (table) => {
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE')
      // The notebook of the course that the desk shows; empty where it shows something else.
      table.string('path', 1000).notNullable()
      table.integer('run').notNullable()
      table.bigInteger('seen').notNullable().index()
      // When the desk was first told that idleness ends the server soon, and after which activity that was.
      table.bigInteger('warned')
      table.bigInteger('warned_of')
      table.primary(['server', 'path'])
    })
    await db.schema.alterTable('hubs', (table) => {
      // Hubs of an earlier version write none.
      table.bigInteger('begun').notNullable().defaultTo(0)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers whose learners are not told when they end.')
  },
}
