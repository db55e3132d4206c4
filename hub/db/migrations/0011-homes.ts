import type { Knex } from 'knex'

/** Files of learners that last have rows, and so do the programs that work on them beside servers. */
export const homesAndErrands = {
  name: '0011-homes',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('homes', (table) => {
      table.string('id', 32).primary()
      table.string('account', 255).notNullable()
      // Empty for a home for all courses of a person.
      table.string('course', 63).notNullable()
      table.string('name', 400).notNullable()
      table.string('state', 16).notNullable()
      table.text('spawner_state')
      table.bigInteger('size')
      table.bigInteger('bytes')
      table.bigInteger('measured')
      table.bigInteger('created').notNullable()
      table.bigInteger('last_used').notNullable()
      // The server or errand that has the home; the run is null for an errand.
      table.string('holder', 32)
      table.integer('holder_run')
      table.bigInteger('remove_at')
      table.string('removed_by', 32)
      table.string('reason', 300)
      table.index(['account', 'course'])
    })
    await db.raw("create unique index homes_living on homes (account, course) where state in ('making', 'ready')")
    await db.raw("create index homes_found on homes (account, course) where state = 'found'")
    await db.raw('create index homes_held on homes (holder) where holder is not null')
    await db.raw('create index homes_leaving on homes (remove_at) where remove_at is not null')
    await db.schema.createTable('errands', (table) => {
      table.string('id', 32).primary()
      table.string('home', 32).index()
      // Null once the hub that ran the errand has given it up.
      table.string('hub', 32)
      table.string('purpose', 63).notNullable()
      table.bigInteger('created').notNullable()
    })
    await db.schema.alterTable('servers', (table) => {
      table.string('home', 32)
    })
    await db.raw('create index servers_home on servers (home) where home is not null')
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers without homes.')
  },
}
