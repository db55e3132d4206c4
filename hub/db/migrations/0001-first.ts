import type { Knex } from 'knex'

/** All times are milliseconds since 1970 by the database's clock. JSON is text, so that both databases agree. */
export const first = {
  name: '0001-first',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('installation', (table) => {
      table.integer('only').primary().checkIn(['1'])
      table.string('id', 32).notNullable()
      table.bigInteger('route_revision').notNullable()
      table.string('housekeeper', 32)
    })
    await db.schema.createTable('hubs', (table) => {
      table.string('id', 32).primary()
      table.bigInteger('seen').notNullable()
    })
    await db.schema.createTable('users', (table) => {
      table.string('id', 32).primary()
      table.string('name', 400).notNullable().unique()
      table.string('kind', 16).notNullable()
      table.string('authenticator', 32).notNullable()
      table.string('subject', 255).notNullable()
      table.string('display_name', 255)
      table.string('state', 16).notNullable()
      table.boolean('preview').notNullable()
      table.bigInteger('created').notNullable()
      table.bigInteger('last_launch').notNullable().index()
      table.unique(['authenticator', 'subject'])
    })
    await db.schema.createTable('sessions', (table) => {
      table.string('hash', 64).primary()
      table.string('user', 32).references('users.id').onDelete('CASCADE').index()
      table.boolean('framed').notNullable()
      table.text('content').notNullable()
      table.bigInteger('expires').notNullable().index()
    })
    await db.schema.createTable('nonces', (table) => {
      table.string('hash', 64).primary()
      table.string('user', 32).notNullable().index()
      table.bigInteger('created').notNullable().index()
    })
    await db.schema.createTable('tokens', (table) => {
      table.string('id', 32).primary()
      table.string('hash', 64).notNullable().unique()
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE').index()
      table.string('note', 255).notNullable()
      // The admin who made the token, when that is not the user.
      table.string('made_by', 32).index()
      table.bigInteger('created').notNullable()
      table.bigInteger('expires').notNullable().index()
      table.bigInteger('last_used')
    })
    await db.schema.createTable('courses', (table) => {
      table.string('slug', 63).primary()
      table.text('definition').notNullable()
      table.bigInteger('changed').notNullable()
    })
    // When each course last had a turn to start a server, so that courses take turns however few may start at once.
    await db.schema.createTable('turns', (table) => {
      table.string('course', 63).primary()
      table.bigInteger('at').notNullable()
    })
    await db.schema.createTable('servers', (table) => {
      table.string('id', 32).primary()
      table.string('user', 32).notNullable().references('users.id').index()
      table.string('course', 63).notNullable()
      table.string('name', 63).notNullable()
      table.string('path', 2000).notNullable().unique()
      table.string('label', 32).notNullable().unique()
      table.string('state', 16).notNullable()
      table.integer('run').notNullable()
      table.string('kid', 16)
      table.string('spec_hash', 64)
      table.string('owner', 32)
      table.integer('epoch').notNullable()
      table.bigInteger('deadline')
      table.string('phase', 16)
      table.integer('percent')
      table.string('message', 500)
      table.string('failure', 500)
      table.text('failure_detail')
      table.boolean('restart').notNullable()
      table.boolean('spare').notNullable()
      table.text('spawner_state')
      table.string('target', 500)
      table.bigInteger('revision').notNullable()
      table.bigInteger('since').notNullable()
      table.bigInteger('created').notNullable()
      table.bigInteger('queued')
      table.bigInteger('started')
      table.bigInteger('ended')
      table.unique(['user', 'course'])
    })
    // The work loop asks for moving rows twice a second; nearly all rows are at rest.
    await db.raw(
      "create index servers_moving on servers (state, queued) where state in ('queued', 'starting', 'stopping')",
    )
    await db.raw("create index servers_ready on servers (state) where state = 'ready'")
    await db.raw('create index servers_of_course on servers (course, queued)')
    await db.schema.createTable('launches', (table) => {
      table.string('hash', 64).primary()
      table.string('session', 64).notNullable().index()
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE').index()
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE').index()
      table.integer('run').notNullable()
      table.text('landing').notNullable()
      table.boolean('framed').notNullable()
      table.bigInteger('created').notNullable()
      table.bigInteger('expires').notNullable().index()
    })
    await db.schema.createTable('tickets', (table) => {
      table.string('hash', 64).primary()
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE').index()
      table.integer('run').notNullable()
      table.string('user', 32).notNullable().index()
      table.string('session', 64).notNullable().index()
      table.boolean('framed').notNullable()
      table.text('landing').notNullable()
      table.bigInteger('expires').notNullable().index()
    })
    await db.schema.createTable('seats', (table) => {
      table.string('id', 32).primary()
      table.string('session', 64).notNullable().index()
      table.string('user', 32).notNullable().index()
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE').index()
      table.integer('run').notNullable()
      table.boolean('ended').notNullable()
      table.bigInteger('expires').notNullable().index()
    })
    // One browser has one seat at one run: frames that enter at the same time must not end each other's.
    await db.raw('create unique index seats_taken on seats (session, server, run) where not ended')
    await db.raw('create index seats_ended on seats (server) where ended')
    // Shares: the users, by name, and groups of the config with whom an owner shares a server.
    await db.schema.createTable('shares', (table) => {
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE')
      table.string('kind', 8).notNullable().checkIn(['user', 'group'])
      table.string('name', 400).notNullable()
      table.bigInteger('created').notNullable()
      table.primary(['server', 'kind', 'name'])
      table.index(['kind', 'name'])
    })
    // Guests: users who may use a server beside its owner just now, and as what.
    await db.schema.createTable('guests', (table) => {
      table.string('server', 32).notNullable().references('servers.id').onDelete('CASCADE')
      table.string('user', 32).notNullable().references('users.id').onDelete('CASCADE').index()
      table.string('role', 8).notNullable().checkIn(['staff', 'share'])
      table.bigInteger('created').notNullable()
      table.primary(['server', 'user'])
    })
    // One-time codes that were used, kept until the codes themselves expire.
    await db.schema.createTable('codes', (table) => {
      table.string('hash', 64).primary()
      table.bigInteger('expires').notNullable().index()
    })
    await db.schema.createTable('proxies', (table) => {
      table.string('url', 255).primary()
      table.bigInteger('collected').notNullable()
    })
    await db.schema.createTable('activity', (table) => {
      table.string('server', 32).primary().references('servers.id').onDelete('CASCADE')
      table.integer('run').notNullable()
      table.bigInteger('last_activity').notNullable()
      table.bigInteger('probed')
      table.string('result', 16).notNullable()
      table.string('reason', 300).notNullable()
    })
    await db.schema.createTable('events', (table) => {
      table.increments('id')
      table.bigInteger('at').notNullable().index()
      table.string('kind', 32).notNullable()
      table.string('user', 32)
      table.string('course', 63)
      table.string('server', 32)
      table.integer('run')
      table.text('detail')
    })
    // For the list of staff visits that owners are shown.
    await db.raw("create index events_staff on events (server, at) where kind = 'opened-as-staff'")
  },

  async down(): Promise<void> {
    throw new Error('The first migration has no way back: remove the database instead.')
  },
}
