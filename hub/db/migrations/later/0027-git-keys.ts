import type { Knex } from 'knex'

/** What opens the private repositories of courses and images. */
export const gitKeys = {
  name: '0027-git-keys',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('git_keys', (table) => {
      // `course:` and the id of a course, or `image:` and the name of a build.
      table.string('owner', 80).primary()
      // The address of the repository that it opens, in its usual spelling.
      table.string('repository', 1100).notNullable()
      table.string('kind', 8).notNullable()
      // The secret, sealed with this key of the installation.
      table.string('kid', 16).notNullable().index()
      table.text('sealed').notNullable()
      // What may be shown: the user of a token, the public half of a pair, and the keys of the host that a person has confirmed.
      table.string('user', 255)
      table.text('public_key')
      table.text('known_hosts')
      // Id of the user, or `operator`; and the name by then.
      table.string('set_by', 64).notNullable()
      table.string('setter', 255).notNullable()
      table.bigInteger('set_at').notNullable()
      table.bigInteger('used_at')
      table.bigInteger('failed_at')
      table.text('failure')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub that opens no private repository.')
  },
}
