import type { Knex } from 'knex'

/**
 * A run keeps what it is made of, and the courses keep what the hub with the latest config says of them, so that hubs
 * with different configs agree on every run.
 */
export const runsAreMadeOf = {
  name: '0010-made-of',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('definitions', (table) => {
      // SHA-256 of the content, which therefore never changes.
      table.string('digest', 64).primary()
      // JSON.
      table.text('content').notNullable()
      // When a row was last made to name it.
      table.bigInteger('used').notNullable().index()
    })
    // By SQL, since knex copies a whole table of SQLite in order to add a reference.
    for (const [table, column] of [
      ['servers', 'made_of'],
      ['servers', 'origins'],
      ['courses', 'origins'],
    ] as const) {
      await db.raw('alter table ?? add column ?? varchar(64) references definitions (digest)', [table, column])
    }
    // Without them each removal of a definition would read all servers.
    for (const column of ['made_of', 'origins'])
      await db.raw('create index ?? on servers (??) where ?? is not null', [`servers_${column}`, column, column])
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to runs that are made of whatever a hub finds in its config.')
  },
}
