import type { Knex } from 'knex'

/** A run that goes on may have had trouble of which its learner is told, such as a kernel that needed too much memory. */
export const troublesOfRuns = {
  name: '0016-troubles',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('troubles', (table) => {
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE')
      table.string('kind', 16).notNullable()
      table.integer('run').notNullable()
      // By the clock of what told of it.
      table.bigInteger('at').notNullable()
      table.string('message', 500).notNullable()
      // Whether the learner wants to see it no more.
      table.boolean('read').notNullable().defaultTo(false)
      table.primary(['server', 'kind'])
    })
    await db.schema.alterTable('installation', (table) => {
      // The time of the last kill for want of memory that the spawner has told, by the engine's clock.
      table.bigInteger('memory_told')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to runs that end or have no trouble.')
  },
}
