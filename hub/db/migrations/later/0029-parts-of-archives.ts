import type { Knex } from 'knex'
import { dialectOf } from '../../dialect.ts'

/** Archives of bundles lie in parts, so that they may be of any size: none is written or read as a whole. */
export const partsOfArchives = {
  name: '0029-parts-of-archives',

  async up(db: Knex): Promise<void> {
    await db.schema.createTable('archives', (table) => {
      table.string('id', 32).primary()
      table.string('state', 16).notNullable()
      // When its last part was written.
      table.bigInteger('written').notNullable()
    })
    await db.schema.createTable('parts', (table) => {
      table.string('archive', 32).notNullable().references('archives.id')
      table.integer('part').notNullable()
      table.binary('content').notNullable()
      table.primary(['archive', 'part'])
    })
    // By SQL, since knex copies a whole table of SQLite in order to change a column.
    await db.raw('alter table bundles add column archive varchar(32) references archives (id)')
    await db.raw('create unique index bundles_archive on bundles (archive)')
    await db.raw("create index archives_not_whole on archives (written) where state <> 'whole'")
    if (dialectOf(db) === 'postgresql') await db.raw('alter table bundles alter column bytes type bigint')

    const rows: { digest: string; length: number }[] = await db('bundles').select(
      'digest',
      db.raw('length(content) as length'),
    )
    for (const { digest, length } of rows) {
      const archive = digest.slice(0, 32)
      await db('archives').insert({ id: archive, state: 'whole', written: 0 })
      for (let part = 0; part * partBytes < length; part += 1) {
        await db.raw(
          'insert into parts (archive, part, content) select ?, ?, substr(content, ?, ?) from bundles where digest = ?',
          [archive, part, part * partBytes + 1, partBytes, digest],
        )
      }
      await db('bundles').where({ digest }).update({ archive })
    }
    await db.raw('alter table bundles drop column content')
  },

  async down(): Promise<void> {
    throw new Error('There is no way back to archives that are one value each.')
  },
}

const partBytes = 2 ** 20
