import type { Knex } from 'knex'

/** Images that the hub has made of repositories: what is wanted, what was made last, and what the builds have printed. */
export const buildsOfImages = {
  name: '0021-builds',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('builds', (table) => {
      table.increments('id')
      table.string('name', 63).notNullable()
      // A digest of the settings by which it is made.
      table.string('settings', 64).notNullable()
      table.string('state', 16).notNullable()
      table.string('owner', 32)
      table.integer('epoch').notNullable()
      table.boolean('fresh').notNullable()
      table.boolean('insists').notNullable()
      table.string('asked_by', 64).notNullable()
      table.string('cancelled_by', 64)
      table.bigInteger('asked').notNullable()
      table.bigInteger('started')
      table.bigInteger('ended')
      table.string('commit', 64)
      table.string('subject', 200)
      table.string('key', 100)
      table.integer('step')
      table.integer('steps')
      table.string('image', 500)
      table.string('image_id', 255)
      table.string('problem', 1000)
      // Whether another try may succeed though nothing has changed.
      table.boolean('passes').notNullable()
      table.index(['name', 'id'])
    })
    await db.raw("create unique index builds_moving on builds (name) where state not in ('built', 'failed')")
    await db.schema.createTable('built', (table) => {
      table.string('name', 63).primary()
      table.string('settings', 64).notNullable()
      // A digest of all that went into the image.
      table.string('content', 64).notNullable()
      table.string('key', 100).notNullable()
      table.string('commit', 64).notNullable()
      table.string('image', 500).notNullable()
      table.string('image_id', 255).notNullable()
      table.integer('build').notNullable()
      table.bigInteger('at').notNullable()
    })
    await db.schema.createTable('logs', (table) => {
      table.integer('build').notNullable()
      table.integer('part').notNullable()
      table.string('phase', 16).notNullable()
      table.text('text').notNullable()
      table.integer('bytes').notNullable()
      table.primary(['build', 'part'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to images that nothing is known of.')
  },
}
