import type { Knex } from 'knex'

/** The installation says whether there is maintenance, so that all hubs agree on it and a restart does not end it. */
export const maintenance = {
  name: '0008-maintenance',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('installation', (table) => {
      // Since when there is maintenance; null when there is none.
      table.bigInteger('maintenance')
      table.text('maintenance_message')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to an installation that is never maintained.')
  },
}
