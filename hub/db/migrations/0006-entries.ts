import type { Knex } from 'knex'
import { dialectOf } from '../dialect.ts'

/** Authenticators may keep something, such as accounts. Each reads its own rows only. */
export const entries = {
  name: '0006-entries',

  async up(db: Knex): Promise<void> {
    // In the order of bytes, so that all keys with one beginning lie together, as in SQLite.
    const key = dialectOf(db) === 'postgresql' ? 'varchar(255) collate "C"' : 'varchar(255)'
    await db.schema.createTable('entries', (table) => {
      table.string('authenticator', 32).notNullable()
      table.specificType('key', key).notNullable()
      // JSON.
      table.text('value').notNullable()
      table.string('version', 32).notNullable()
      table.primary(['authenticator', 'key'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a database without accounts: they would be lost.')
  },
}
