import type { Knex } from 'knex'

/** Since when no hub has a course for its content. */
export const contentsWithoutCourse = {
  name: '0034-unknown-contents',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('brought', (table) => {
      table.bigInteger('unknown_since')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to content that goes by the age of its commit.')
  },
}
