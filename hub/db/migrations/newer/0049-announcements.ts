import type { Knex } from 'knex'

/** What admins and staff tell the people of the site, or of one course, for a while. */
export const announcementsOfHubs = {
  name: '0049-announcements',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('announcements', (table) => {
      table.string('id', 32).primary()
      // The id of the course; empty for the whole site.
      table.string('course', 63).notNullable().index()
      table.string('level', 16).notNullable()
      table.string('text', 1000).notNullable()
      // By the database's clock. Null where it begins at once, or ends by hand only.
      table.bigInteger('begins')
      table.bigInteger('ends')
      table.bigInteger('made').notNullable()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub without announcements.')
  },
}
