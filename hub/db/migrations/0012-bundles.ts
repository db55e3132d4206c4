import type { Knex } from 'knex'

/** Files that hubs lay into servers, so that a hub hands them out which did not read them from its config. */
export const bundles = {
  name: '0012-bundles',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('bundles', (table) => {
      table.string('digest', 64).primary()
      // Of the files alone.
      table.integer('bytes').notNullable()
      table.integer('files').notNullable()
      table.boolean('has_links').notNullable()
      // A tar archive.
      table.binary('content').notNullable()
      table.bigInteger('created').notNullable()
      // When a hub last said that a course of its config has this bundle, or a start took it.
      table.bigInteger('used').notNullable().index()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers without files of the config.')
  },
}
