import type { Knex } from 'knex'

/** What hooks of the config decide about a run, and ended runs of which such a hook was not told yet. */
export const hooksOfConfig = {
  name: '0022-hooks',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('servers', (table) => {
      // Where the run opens for its owner when a link names nothing in it.
      table.string('opens', 2000)
      // Whether the failure is a refusal, in words that are complete.
      table.boolean('refused').notNullable().defaultTo(false)
    })
    // Rows name servers and users that may be gone by then.
    await db.schema.createTable('untold', (table) => {
      // The server and its run.
      table.string('id', 64).primary()
      // JSON.
      table.text('about').notNullable()
      // Null until the run was seen gone.
      table.bigInteger('gone')
      table.bigInteger('due').index()
      table.integer('tries').notNullable().defaultTo(0)
      table.string('holder', 32)
      table.string('reason', 500)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers without hooks.')
  },
}
