import type { Knex } from 'knex'

/** What users have answered to the questions of their courses. Files that they have handed in are bundles. */
export const answersOfUsers = {
  name: '0023-answers',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('bundles', (table) => {
      // The id of the user who has handed it in, or had. Such bundles are limited for each user and in all.
      table.string('brought_by', 32)
      // Holds all that their sums need, so that no archive is read for them.
      table.index(['brought_by', 'bytes'])
    })
    await db.schema.createTable('answers', (table) => {
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE')
      // The id of the course, as in `choices`.
      table.string('course', 63).notNullable()
      table.string('question', 31).notNullable()
      // Of a file, its name.
      table.text('text').notNullable()
      table.string('digest', 64).references('bundles.digest').index()
      table.integer('bytes').notNullable().defaultTo(0)
      table.primary(['user', 'course', 'question'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses without questions.')
  },
}
