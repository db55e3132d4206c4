import type { Knex } from 'knex'

/** What users have chosen of what their courses let them choose. */
export const choicesOfUsers = {
  name: '0019-choices',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('choices', (table) => {
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE')
      // The id of the course, under which its homes are kept too.
      table.string('course', 63).notNullable()
      table.text('chosen').notNullable()
      table.primary(['user', 'course'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses without choices.')
  },
}
