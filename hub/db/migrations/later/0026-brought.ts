import type { Knex } from 'knex'

/** The content of courses: the commit that counts, its notebooks, what is in them, and when it is looked for anew. */
export const contentsOfCourses = {
  name: '0026-brought',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('jobs', (table) => {
      // The one who has asked for it again while it was under way.
      table.string('again', 64)
    })
    await db.schema.createTable('brought', (table) => {
      // The id of the course.
      table.string('course', 63).primary()
      table.string('commit', 64).notNullable()
      // When it was committed, as its committer says.
      table.bigInteger('at').notNullable()
      table.string('subject', 200).notNullable()
      // A digest of the settings by which it was read.
      table.string('read_by', 64).notNullable()
      // JSON.
      table.text('settings').notNullable()
      table.text('tracks').notNullable()
      table.text('bundles').notNullable()
      table.text('problems').notNullable()
      table.integer('notebooks').notNullable()
      table.bigInteger('bytes').notNullable()
      // Among those of all courses, so that hubs find what is new.
      table.bigInteger('revision').notNullable()
      table.bigInteger('counted').notNullable()
    })
    await db.schema.createTable('notebooks', (table) => {
      table.string('course', 63).notNullable()
      table.string('path', 500).notNullable()
      // The hash of its content in git, by which the next pull sees that it is the same.
      table.string('blob', 64).notNullable()
      table.string('digest', 64).notNullable().index()
      table.integer('bytes').notNullable()
      table.string('title', 300).notNullable()
      table.string('version', 300).notNullable()
      table.string('kernel', 300)
      table.string('format', 16).notNullable()
      table.primary(['course', 'path'])
    })
    await db.schema.createTable('blobs', (table) => {
      // SHA-256 of the content.
      table.string('digest', 64).primary()
      table.binary('bytes').notNullable()
      table.integer('size').notNullable()
      // Since when no row has named it.
      table.bigInteger('idle').index()
    })
    await db.schema.createTable('pulls', (table) => {
      // The id of the course.
      table.string('course', 63).primary()
      // A digest of what the course says of its content.
      table.string('settings', 64).notNullable()
      // Undefined where no pull is due by itself.
      table.bigInteger('due').index()
      // When the repository was last asked with success.
      table.bigInteger('checked')
      table.integer('failures').notNullable()
      table.string('problem', 1000)
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to courses without content.')
  },
}
