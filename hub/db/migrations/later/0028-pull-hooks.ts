import type { Knex } from 'knex'

/** The addresses by which hosts of git ask for pulls of courses. */
export const pullHooks = {
  name: '0028-pull-hooks',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('pull_hooks', (table) => {
      // Id of the course.
      table.string('course', 63).primary()
      // Hash of the random part of the address.
      table.string('hash', 64).notNullable().unique()
      // The secret of its signatures, sealed with this key of the installation.
      table.string('kid', 16).notNullable().index()
      table.text('sealed').notNullable()
      // Whether a call needs a signature or the secret.
      table.boolean('signed').notNullable()
      // Id of the user, or `operator`; and the name by then.
      table.string('made_by', 64).notNullable()
      table.string('maker', 255).notNullable()
      table.bigInteger('made_at').notNullable()
      table.bigInteger('called_at')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub that no host of git calls.')
  },
}
