import type { Knex } from 'knex'

/** Which notebooks are in the bundles of which servers copy all files. */
export const wholeNotebooks = {
  name: '0035-whole-notebooks',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('whole_notebooks', (table) => {
      table.string('bundle', 64).notNullable().references('bundles.digest').onDelete('CASCADE')
      table.string('path', 1000).notNullable()
      // The digest of its content in the table of blobs.
      table.string('digest', 64).notNullable().index()
      table.primary(['bundle', 'path'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses whose learners get single notebooks only.')
  },
}
