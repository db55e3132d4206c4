import type { Knex } from 'knex'

/** Persons have a mail address, and each knows what became of the mail with the person's first-use link. */
export const mailAddresses = {
  name: '0007-addresses',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('addresses', (table) => {
      table.string('user', 32).primary().references('users.id').onDelete('CASCADE')
      // In lower case, so that two spellings of one address are the same.
      table.string('email', 254).notNullable().unique()
      table.string('mail', 10).notNullable().defaultTo('none').index()
      table.integer('tries').notNullable().defaultTo(0)
      table.bigInteger('due')
      // The hub that sends the mail at the moment.
      table.string('holder', 32)
      table.string('reason', 300)
      table.bigInteger('changed').notNullable()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to persons without addresses.')
  },
}
