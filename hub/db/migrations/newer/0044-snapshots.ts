import type { Knex } from 'knex'

/** Notebooks that users share as pages to read. */
export const snapshotsOfNotebooks = {
  name: '0044-snapshots',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('snapshots', (table) => {
      // The secret part of the address.
      table.string('id', 32).primary()
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE')
      // The id of the course, which stays when the course gets another name.
      table.string('course', 63).notNullable().index()
      table.string('path', 1000).notNullable()
      // The SHA-256 of the path, since PostgreSQL finds no place in an index for the longest ones.
      table.string('place', 64).notNullable()
      table.string('title', 500).notNullable()
      table.integer('size').notNullable()
      table.bigInteger('made').notNullable()
      table.bigInteger('expires').notNullable().index()
      // The hash of the document's styles, which its policy names, and that of the document.
      table.string('style', 64).notNullable()
      table.string('digest', 64).notNullable()
      // The document, packed by gzip. Stands last, since SQLite reads past it to what stands behind.
      table.binary('html').notNullable()
      table.unique(['user', 'course', 'place'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub that shares no notebooks.')
  },
}
