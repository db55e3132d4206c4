import type { Knex } from 'knex'

/** Runs that are over, each with how it ended and what its program printed last, for the staff of its course. */
export const pastRuns = {
  name: '0051-runs',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('runs', (table) => {
      // The server's id and the number of the run, as people read it: `abc-3`.
      table.string('id', 48).primary()
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE').index()
      // The course of the server, for what went wrong there of late.
      table.string('course', 63).notNullable()
      table.integer('run').notNullable()
      // How it ended: as its line of history says.
      table.string('how', 16).notNullable()
      // When its stop began, by the database's clock.
      table.bigInteger('ended').notNullable().index()
      // What went wrong, in one word, for what staff are told to do about it. Null where nothing did.
      table.string('cause', 16)
      table.string('failure', 500)
      // Whether another try ends the same way until staff have changed something.
      table.boolean('lasts').notNullable()
      // Why it was stopped, where that was not its owner's wish, and the id of the user who did it.
      table.string('reason', 200)
      table.string('by', 32)
      table.string('image', 255)
      table.bigInteger('queued')
      table.bigInteger('started')
      // What is long comes last: SQLite reads a row up to the column that it wants.
      table.text('detail')
      // The last lines that it printed, without secrets. Null where the hub has not read them, or may not keep them.
      table.text('lines')
      table.index(['course', 'ended'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub that keeps nothing of runs that are over.')
  },
}
