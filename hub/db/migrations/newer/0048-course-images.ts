import type { Knex } from 'knex'

/** The image of which a course's latest server was, where static files were copied out of it. */
export const imagesOfCourses = {
  name: '0048-course-images',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('course_images', (table) => {
      table.string('course', 63).primary()
      table.string('image', 255).notNullable().references('static_files.image').onDelete('CASCADE').index()
    })
  },

  async down(): Promise<void> {
    throw new Error(
      'There is no way back to a hub that does not know the image of a course before its server is there.',
    )
  },
}
