import type { Knex } from 'knex'

/** What hubs do that takes minutes, of several kinds: builds of images so far. Their rows and logs stay. */
export const jobsOfHubs = {
  name: '0025-jobs',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('jobs', (table) => {
      table.increments('id')
      table.string('kind', 16).notNullable()
      table.string('name', 63).notNullable()
      // A digest of the settings by which it is done.
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
      // When a hub that could not do it has given it back.
      table.bigInteger('returned')
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
      table.index(['kind', 'name', 'id'])
    })
    const kept =
      'id, name, settings, state, owner, epoch, fresh, insists, asked_by, cancelled_by, asked, started, ended, "commit", ' +
      'subject, key, step, steps, image, image_id, problem, passes'
    await db.raw(`insert into jobs (kind, ${kept}) select 'image', ${kept} from builds`)
    if (db.client.dialect === 'postgresql') {
      const last = 'select coalesce(max(id), 0) + 1 from jobs'
      await db.raw(`select setval(pg_get_serial_sequence('jobs', 'id'), (${last}), false)`)
    }
    await db.schema.dropTable('builds')
    await db.raw(
      "create unique index jobs_moving on jobs (kind, name) where state not in ('built', 'pulled', 'failed')",
    )
    await db.raw('alter table logs rename column build to job')
    // The hubs that could not do a job, such as one that does not reach its host.
    await db.schema.createTable('tries', (table) => {
      table.integer('job').notNullable().references('jobs.id').onDelete('CASCADE')
      table.string('hub', 32).notNullable()
      table.primary(['job', 'hub'])
    })
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to a hub that knows no jobs but builds.')
  },
}
