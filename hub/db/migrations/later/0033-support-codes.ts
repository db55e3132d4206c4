import type { Knex } from 'knex'

/** Short codes by which learners name their servers to staff. */
export const supportCodes = {
  name: '0033-support-codes',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('support_codes', (table) => {
      table.string('server', 32).primary().references('servers.id').onDelete('CASCADE')
      // Without the hyphen.
      table.string('code', 8).notNullable().unique()
      table.bigInteger('expires').notNullable().index()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to servers without support codes.')
  },
}
