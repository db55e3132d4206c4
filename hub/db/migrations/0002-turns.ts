import type { Knex } from 'knex'

/** When each course was last let start a server, so that courses take turns however few may start at once. */
export const turns = {
  name: '0002-turns',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('turns', (table) => {
      table.string('course', 63).primary()
      table.bigInteger('at').notNullable()
    })
  },

  async down(db: Knex): Promise<void> {
    await db.schema.dropTable('turns')
  },
}
