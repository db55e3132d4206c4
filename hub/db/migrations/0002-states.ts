import type { Knex } from 'knex'

/**
 * One index finds servers by any states, where the two before it each served one set of states, and SQLite compiled a
 * query anew each time to see whether it asked for that set. Another finds the few accounts that are not active.
 */
export const states = {
  name: '0002-states',

  async up(db: Knex): Promise<void> {
    await db.raw('drop index servers_moving')
    await db.raw('drop index servers_ready')
    await db.raw('create index servers_by_state on servers (state, queued)')
    await db.raw("create index users_inactive on users (state) where state <> 'active'")
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to the indexes before.')
  },
}
