import type { Knex } from 'knex'

/** What is in images: the versions of a few programs, by the digest or id of the image. */
export const contentsOfImages = {
  name: '0020-contents',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('contents', (table) => {
      table.string('id', 255).primary()
      // JSON. Null where nothing could be learnt.
      table.text('versions')
      table.string('problem', 1000)
      table.bigInteger('tried').notNullable()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to images of which nothing is known.')
  },
}
