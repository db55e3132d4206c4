import type { Knex } from 'knex'

/** What users want in the place of notebooks whose servers do not run. The next opening does it. */
export const wishesForNotebooks = {
  name: '0038-wishes',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('wishes', (table) => {
      // The account and the course's id, as of versions.
      table.string('account', 255).notNullable()
      table.string('course', 63).notNullable()
      table.string('path', 1000).notNullable()
      // The name of the server in which it is wanted, since each variant has a server of its own.
      table.string('slug', 63).notNullable()
      // Null for the course's own notebook.
      table.integer('version').references('versions.number').onDelete('CASCADE').index()
      table.bigInteger('asked').notNullable()
      // The hub that carries it out, since when, and for which request.
      table.string('hub', 32)
      table.bigInteger('begun')
      table.string('claim', 32)
      // Why it was not carried out, in words.
      table.string('problem', 1000)
      table.primary(['account', 'course', 'path'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to notebooks that are replaced only while their servers run.')
  },
}
