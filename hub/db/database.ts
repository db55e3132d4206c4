import path from 'node:path'
import type { Knex } from 'knex'
import { makeFolder } from '../../net/machine/make-folder.ts'
import { restrictToOwner } from '../../net/machine/restrict-file.ts'
import { type Database, lockMigration } from './dialect.ts'
import { holdFile } from './engines/own-file.ts'
import { type PostgresUrl, postgresAt } from './engines/postgresql.ts'
import { sqliteAt } from './engines/sqlite.ts'
import { first } from './migrations/0001-first.ts'
import { states } from './migrations/0002-states.ts'
import { filesOfLaunches } from './migrations/0003-files-of-launches.ts'
import { failures } from './migrations/0004-failures.ts'
import { groupsOfUsers } from './migrations/0005-groups.ts'
import { entries } from './migrations/0006-entries.ts'
import { mailAddresses } from './migrations/0007-addresses.ts'
import { maintenance } from './migrations/0008-maintenance.ts'
import { notebooksToMake } from './migrations/0009-notebooks-to-make.ts'
import { runsAreMadeOf } from './migrations/0010-made-of.ts'
import { homesAndErrands } from './migrations/0011-homes.ts'
import { bundles } from './migrations/0012-bundles.ts'
import { troublesOfRuns } from './migrations/0016-troubles.ts'
import { imagesOfServers } from './migrations/0017-images.ts'
import { noticesOfCourses } from './migrations/0018-notices.ts'
import { choicesOfUsers } from './migrations/0019-choices.ts'
import { contentsOfImages } from './migrations/later/0020-contents.ts'
import { buildsOfImages } from './migrations/later/0021-builds.ts'
import { hooksOfConfig } from './migrations/later/0022-hooks.ts'
import { answersOfUsers } from './migrations/later/0023-answers.ts'
import { catalogueOfCourses } from './migrations/later/0024-catalogue.ts'
import { jobsOfHubs } from './migrations/later/0025-jobs.ts'
import { contentsOfCourses } from './migrations/later/0026-brought.ts'
import { gitKeys } from './migrations/later/0027-git-keys.ts'
import { pullHooks } from './migrations/later/0028-pull-hooks.ts'
import { partsOfArchives } from './migrations/later/0029-parts-of-archives.ts'
import { copiesOfNotebooks } from './migrations/later/0030-copies.ts'
import { endsOfServers } from './migrations/later/0032-ends.ts'
import { supportCodes } from './migrations/later/0033-support-codes.ts'
import { contentsWithoutCourse } from './migrations/later/0034-unknown-contents.ts'
import { wholeNotebooks } from './migrations/later/0035-whole-notebooks.ts'
import { swapsOfNotebooks } from './migrations/later/0036-swaps.ts'
import { declinedNotebooks } from './migrations/later/0037-declined.ts'
import { wishesForNotebooks } from './migrations/later/0038-wishes.ts'
import { sparesOfCourses } from './migrations/later/0039-spares.ts'
import { wishesByServer } from './migrations/later/0045-wishes-by-server.ts'
import { staticFilesOfImages } from './migrations/newer/0041-static-files.ts'
import { previewsOfNotebooks } from './migrations/newer/0042-previews.ts'
import { snapshotsOfNotebooks } from './migrations/newer/0044-snapshots.ts'
import { notebooksOfImages } from './migrations/newer/0047-image-notebooks.ts'
import { imagesOfCourses } from './migrations/newer/0048-course-images.ts'
import { announcementsOfHubs } from './migrations/newer/0049-announcements.ts'
import { eventsOfUsers } from './migrations/newer/0050-events-of-users.ts'
import { pastRuns } from './migrations/newer/0051-runs.ts'

/** All migrations in order. A released one is never edited. Each has a name, since knex would store file extensions. */
const migrations = [
  first,
  states,
  filesOfLaunches,
  failures,
  groupsOfUsers,
  entries,
  mailAddresses,
  maintenance,
  notebooksToMake,
  runsAreMadeOf,
  homesAndErrands,
  bundles,
  troublesOfRuns,
  imagesOfServers,
  noticesOfCourses,
  choicesOfUsers,
  contentsOfImages,
  buildsOfImages,
  hooksOfConfig,
  answersOfUsers,
  catalogueOfCourses,
  jobsOfHubs,
  contentsOfCourses,
  gitKeys,
  pullHooks,
  partsOfArchives,
  copiesOfNotebooks,
  endsOfServers,
  supportCodes,
  contentsWithoutCourse,
  wholeNotebooks,
  swapsOfNotebooks,
  declinedNotebooks,
  wishesForNotebooks,
  sparesOfCourses,
  staticFilesOfImages,
  previewsOfNotebooks,
  wishesByServer,
  snapshotsOfNotebooks,
  imagesOfCourses,
  announcementsOfHubs,
  notebooksOfImages,
  eventsOfUsers,
  pastRuns,
]

/** `sqlite:<file>`, or where PostgreSQL is. */
export type DatabaseUrl = PostgresUrl

export interface OpenDatabase {
  db: Database
  /** True when no other hub can be at work, so that every other hub that rows name is dead. */
  alone: boolean
  close(): Promise<void>
}

/**
 * Opens and migrates the database. `warn` gets a line for each file that other users may read and that cannot be closed
 * to them. Throws an `Error` with a message for people when another hub holds the SQLite file, or when a newer Carrel
 * has written the database.
 */
export async function openDatabase(url: DatabaseUrl, warn: (message: string) => void = nothing): Promise<OpenDatabase> {
  const file = sqliteFileOf(url)
  if (file !== undefined) return openSqlite(file, warn)
  const db = postgresAt(url, quiet)
  return finish(db, false, () => db.destroy())
}

/** Opens the database while hubs may be at work. Takes no lock and migrates nothing; for reading only. */
export function openBeside(url: DatabaseUrl): Database {
  const file = sqliteFileOf(url)
  return file === undefined ? postgresAt(url, quiet) : sqliteAt(file, quiet)
}

/** Returns the file of SQLite that the setting names; undefined for PostgreSQL. */
export function sqliteFileOf(url: DatabaseUrl): string | undefined {
  return typeof url === 'string' && url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined
}

async function openSqlite(file: string, warn: (message: string) => void): Promise<OpenDatabase> {
  await makeFolder(path.dirname(path.resolve(file)))
  const release = holdFile(`${file}.lock`)
  // SQLite gives the files that it makes beside the database the mode of the database.
  for (const end of ['', '-wal', '-shm', '.lock']) {
    const open = await restrictToOwner(file + end)
    if (open !== undefined) warn(open)
  }
  const db = sqliteAt(file, quiet)
  const close = async () => {
    await db.destroy()
    release()
  }
  return finish(db, true, close)
}

const nothing = () => undefined
/** A log that prints nothing, since knex also throws what it would print. */
const quiet = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing }

async function finish(db: Database, alone: boolean, close: () => Promise<void>): Promise<OpenDatabase> {
  try {
    await migrate(db)
    return { db, alone, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function migrate(db: Database): Promise<void> {
  await db.transaction(async (trx) => {
    await lockMigration(trx)
    await refuseNewer(trx)
    const options = { migrationSource, disableTransactions: true }
    // `lockMigration` is the real lock. The one of knex survives a kill -9 and would keep every later start out.
    await trx.migrate.forceFreeMigrationsLock(options)
    await trx.migrate.latest(options)
  })
}

/** Returns the names of migrations that only a newer Carrel knows. */
export async function unknownMigrations(db: Database): Promise<string[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return []
  const rows: { name: string }[] = await db('knex_migrations').select('name')
  return rows.map(({ name }) => name).filter((name) => !migrations.some((migration) => migration.name === name))
}

async function refuseNewer(db: Database): Promise<void> {
  const unknown = await unknownMigrations(db)
  if (unknown.length > 0) {
    const names = unknown.join(', ')
    throw new Error(
      `The database was written by a newer Carrel (it has ${names}, which this version does not know). Start that version or newer, or restore the backup made before the upgrade.`,
    )
  }
}

const migrationSource: Knex.MigrationSource<(typeof migrations)[number]> = {
  getMigrations: async () => migrations,
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => migration,
}
