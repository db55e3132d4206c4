import type { Knex } from 'knex'

/** A user's row keeps the groups that authenticators have said, since the row is read wherever a right is asked. */
export const groupsOfUsers = {
  name: '0005-groups',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('users', (table) => {
      table.text('group_lists').notNullable().defaultTo('{}')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to users without groups.')
  },
}
