import type { Knex } from 'knex'

/** Users of a course on its way out are told so once for each run. */
export const noticesOfCourses = {
  name: '0018-notices',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('servers', (table) => {
      // The run for which the notice was read.
      table.integer('notice_read')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses without notices.')
  },
}
