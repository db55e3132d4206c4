import type { Knex } from 'knex'

/** Notebooks of courses as pages to read, made of the content of the index. */
export const previewsOfNotebooks = {
  name: '0042-previews',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('previews', (table) => {
      // As in the index.
      table.string('course', 63).notNullable()
      table.string('path', 1000).notNullable()
      // Of what it was made: the digest of the notebook, the renderer, and the pictures of the repository with their hashes.
      table.string('digest', 64).notNullable()
      table.string('version', 16).notNullable()
      table.text('pictures').notNullable()
      table.integer('size').notNullable()
      table.bigInteger('made').notNullable()
      // The document, packed by gzip. Null where none can be made. Stands last, since SQLite reads past it to what stands behind.
      table.binary('html')
      table.primary(['course', 'path'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub without pages of notebooks.')
  },
}
