import type { Knex } from 'knex'

/** Which images there are where servers start, and which one the present run of a server is of. */
export const imagesOfServers = {
  name: '0017-images',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('images', (table) => {
      table.string('image', 1000).primary()
      // The digest or id. Null where no place has the image.
      table.string('id', 255)
      table.integer('places_having').notNullable()
      table.integer('places_all').notNullable()
      table.string('problem', 1000)
      table.bigInteger('looked').notNullable().index()
      // When it was last fetched, and why that failed.
      table.bigInteger('fetched')
      table.string('fetch_problem', 1000)
    })
    await db.schema.alterTable('servers', (table) => {
      table.string('image', 255)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers whose image is not known.')
  },
}
