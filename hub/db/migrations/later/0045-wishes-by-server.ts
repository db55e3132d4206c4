import type { Knex } from 'knex'

/** Variants of a course that have files of their own each have a wish for a path. */
export const wishesByServer = {
  name: '0045-wishes-by-server',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('wishes', (table) => {
      table.dropPrimary()
    })
    await db.schema.alterTable('wishes', (table) => {
      table.primary(['account', 'course', 'path', 'slug'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to one wish for all variants of a course.')
  },
}
