import type { Knex } from 'knex'

/** Which newer notebooks of their courses learners have declined. */
export const declinedNotebooks = {
  name: '0037-declined',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('copies', (table) => {
      // The digest of the content.
      table.string('declined', 64)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to learners who are asked again and again.')
  },
}
