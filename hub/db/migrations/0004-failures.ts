import type { Knex } from 'knex'

/** A failed server remembers whether another try can help, so that its page offers one only then. */
export const failures = {
  name: '0004-failures',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('servers', (table) => {
      table.boolean('failure_lasts').notNullable().defaultTo(false)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to failures that all look alike.')
  },
}
