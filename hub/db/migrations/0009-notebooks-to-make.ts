import type { Knex } from 'knex'

/** A launch remembers that a person wants its notebook to be made, since that happens when the server is up. */
export const notebooksToMake = {
  name: '0009-notebooks-to-make',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('launches', (table) => {
      table.boolean('makes')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to launches that make nothing.')
  },
}
