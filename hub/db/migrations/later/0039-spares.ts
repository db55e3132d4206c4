import type { Knex } from 'knex'

/** Servers that run before their users are known, and what became of them. */
export const sparesOfCourses = {
  name: '0039-spares',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('servers', (table) => {
      // The name by which the program of a server that was a spare knows its user, whose own name it never learns.
      table.string('told_user', 400)
    })
    // In this form, word for word, queries for spares must say it.
    await db.raw('create index servers_spare on servers (course, state, started) where spare')
    await db.schema.createTable('spares', (table) => {
      // The slug of a course.
      table.string('course', 63).primary()
      // Starts that took one, starts that found none, and starts with other settings than spares have.
      table.bigInteger('hits').notNullable().defaultTo(0)
      table.bigInteger('misses').notNullable().defaultTo(0)
      table.bigInteger('others').notNullable().defaultTo(0)
      // Starts of spares that failed since the last one was ready, and the last of these.
      table.integer('failures').notNullable().defaultTo(0)
      table.bigInteger('failed')
      table.string('failure', 500)
      table.text('failure_detail')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers that all begin with a click.')
  },
}
