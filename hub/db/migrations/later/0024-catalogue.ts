import type { Knex } from 'knex'

/** Courses that people have made, the names that they had before, and what was changed of them by whom. */
export const catalogueOfCourses = {
  name: '0024-catalogue',

  async up(db: Knex): Promise<void> {
    await db.schema.alterTable('installation', (table) => {
      table.bigInteger('catalogue_revision').notNullable().defaultTo(0)
    })
    await db.schema.createTable('catalogue', (table) => {
      // The name under which homes are kept, which a course has for ever.
      table.string('id', 63).primary()
      table.string('name', 63).notNullable()
      table.string('slug', 63).notNullable().unique()
      table.string('state', 16).notNullable()
      // JSON, as it was given.
      table.text('definition').notNullable()
      // JSON: settings that an admin or the operator has decided.
      table.text('granted').notNullable()
      table.integer('version').notNullable()
      // Rises with each change of any course, so that hubs find what is new.
      table.bigInteger('revision').notNullable()
      // Id of a user, or `operator`; and the name by then.
      table.string('made_by', 64).notNullable().index()
      table.string('maker', 255).notNullable()
      table.bigInteger('made').notNullable()
      table.string('changer', 255).notNullable()
      table.bigInteger('changed').notNullable()
      // When a deleted course and its homes go for good.
      table.bigInteger('goes')
    })
    await db.schema.createTable('aliases', (table) => {
      table.string('slug', 63).primary()
      table.string('name', 63).notNullable()
      table.string('course', 63).notNullable().index()
    })
    await db.schema.createTable('edits', (table) => {
      table.increments('number')
      table.string('course', 63).notNullable().index()
      table.string('kind', 16).notNullable()
      table.integer('version').notNullable()
      table.string('by', 64).notNullable()
      table.string('name', 255).notNullable()
      table.bigInteger('at').notNullable()
      table.text('before')
      table.text('after')
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub whose courses are those of its config.')
  },
}
