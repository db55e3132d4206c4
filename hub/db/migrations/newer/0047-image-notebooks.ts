import type { Knex } from 'knex'

/** Notebooks that images have, as pages to read, by the name of the image and the folder in it. */
export const notebooksOfImages = {
  name: '0047-image-notebooks',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('image_notebooks', (table) => {
      table.string('image', 255).notNullable()
      // Where servers start, if that is not the image's own folder; else ''.
      table.string('folder', 255).notNullable()
      // In the folder. The row without one says when and in which image of the name was looked last, and by which renderer.
      table.string('path', 400).notNullable()
      table.string('title', 300).notNullable()
      table.string('version', 300).notNullable()
      table.string('problem', 1000)
      table.bigInteger('tried').notNullable()
      // When a server of the image was last seen.
      table.bigInteger('used').notNullable()
      table.integer('size').notNullable()
      // The document, packed by gzip. Stands last, since SQLite reads past it to what stands behind.
      table.binary('html')
      table.primary(['image', 'folder', 'path'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub without the notebooks of images.')
  },
}
