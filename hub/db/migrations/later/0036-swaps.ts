import type { Knex } from 'knex'

/** Which notebooks of learners are being replaced, so that no killed hub leaves one of them away from its place, and how copies follow their courses. */
export const swapsOfNotebooks = {
  name: '0036-swaps',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('swaps', (table) => {
      // As in `copies`.
      table.string('holder', 32).notNullable()
      table.string('path', 1000).notNullable()
      // Part of the names under which files lie beside the notebook meanwhile.
      table.string('tag', 16).notNullable()
      // The owner of the versions of the notebook, as in `versions`.
      table.string('account', 255).notNullable()
      table.string('course', 63).notNullable()
      // Of which content and commit the notebook is a copy then; null for an earlier version.
      table.string('digest', 64).notNullable().index()
      table.string('commit', 64)
      // Whether the other notebook is in its place.
      table.boolean('placed').notNullable()
      // The hub that is at it; null where one has left it to the next.
      table.string('owner', 32)
      // When a hub last looked at it that had not begun it; 0 where none has.
      table.bigInteger('tried').notNullable().defaultTo(0)
      table.primary(['holder', 'path'])
    })
    await db.schema.alterTable('copies', (table) => {
      // The digest of the course's notebook when the copy was last found to be changed.
      table.string('changed', 64)
      // Until when some hub looks at it.
      table.bigInteger('held')
    })
    await db.schema.createTable('follows', (table) => {
      table.string('course', 63).primary()
      table.bigInteger('revision').notNullable()
      table.bigInteger('begun').notNullable()
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to replacements that no row tells of.')
  },
}
