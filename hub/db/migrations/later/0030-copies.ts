import type { Knex } from 'knex'

/** Which notebooks of courses learners have copies of, what was there before one was replaced, and launches that replace one. */
export const copiesOfNotebooks = {
  name: '0030-copies',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('copies', (table) => {
      // The id of the home with the copy, or of the server that has no home.
      table.string('holder', 32).notNullable()
      table.string('path', 1000).notNullable()
      // What the copy was made of.
      table.string('digest', 64).notNullable().index()
      table.string('commit', 64).notNullable()
      table.bigInteger('made').notNullable()
      table.primary(['holder', 'path'])
    })
    await db.schema.createTable('versions', (table) => {
      table.increments('number')
      // The account and the course's id, so that they outlive the home.
      table.string('account', 255).notNullable()
      table.string('course', 63).notNullable()
      table.string('path', 1000).notNullable()
      table.string('digest', 64).notNullable().index()
      table.integer('size').notNullable()
      table.bigInteger('at').notNullable()
      table.index(['account', 'course'])
    })
    await db.schema.alterTable('launches', (table) => {
      // `course`, or the number of a version.
      table.string('replaces', 16)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses without copies of their notebooks.')
  },
}
