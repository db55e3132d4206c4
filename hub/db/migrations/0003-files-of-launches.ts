import type { Knex } from 'knex'

/** A launch remembers which files its link may mean: which of them is there is known only when the server is up. */
export const filesOfLaunches = {
  name: '0003-files-of-launches',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('launches', (table) => {
      // Rounds of paths, in JSON.
      table.text('files')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to launches that forget their files.')
  },
}
