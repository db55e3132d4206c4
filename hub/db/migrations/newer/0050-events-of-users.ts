import type { Knex } from 'knex'

/** Finds what has happened to one user, however long ago. */
export const eventsOfUsers = {
  name: '0050-events-of-users',

  async up(db: Knex): Promise<void> {
    await db.raw('create index events_of_user on events ("user", id) where "user" is not null')
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub whose pages do not show events.')
  },
}
