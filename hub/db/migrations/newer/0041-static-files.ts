import type { Knex } from 'knex'

/** The static files of programs that were copied out of images, by the image's digest or id. */
export const staticFilesOfImages = {
  name: '0041-static-files',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('static_files', (table) => {
      table.string('image', 255).primary()
      // The bundle with the files. Null where they could not be copied.
      table.string('digest', 64).references('bundles.digest').index()
      table.string('problem', 1000)
      table.bigInteger('tried').notNullable()
      // When a server of the image was last seen.
      table.bigInteger('used').notNullable()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to static files that each server hands out by itself.')
  },
}
