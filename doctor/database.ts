import { existsSync } from 'node:fs'
import type { Course } from '../courses/course.ts'
import { openCourses } from '../hub/courses/courses.ts'
import { readClock } from '../hub/db/clock.ts'
import { lastTold } from '../hub/db/cullers.ts'
import { openBeside, sqliteFileOf, unknownMigrations } from '../hub/db/database.ts'
import type { Database } from '../hub/db/dialect.ts'
import { hubsSince } from '../hub/db/hubs.ts'
import { findInstallationId, findMaintenance, writeNothingNew } from '../hub/db/installation.ts'
import { messageOf } from '../hub/errors.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'
import type { Setup } from './setup.ts'

const check = 'database'

export async function checkDatabase(setup: Setup): Promise<Finding[]> {
  return lookInto(setup, async (db) => {
    if (db === undefined)
      return [unknown(check, 'there is none yet. Start the hub once, or name the data folder with --data.')]
    try {
      const newer = await unknownMigrations(db)
      if (newer.length > 0) {
        return [problem(check, `was written by a newer Carrel (${newer.join(', ')}). Run that version or a newer one.`)]
      }
      await db
        .transaction(async (trx) => {
          await writeNothingNew(trx)
          await trx.rollback()
        })
        .catch((error: unknown) => {
          if (!/rolled back|rollback/i.test(messageOf(error))) throw error
        })
      return [
        ok(check, 'answers, is of this version, and can be written'),
        await checkClock(db),
        ...(await checkMaintenance(db)),
        ...(await checkCuller(db)),
      ]
    } catch (error) {
      return [problem(check, `cannot be used: ${messageOf(error)}. Is it running, and may this account write it?`)]
    }
  })
}

/** Tells of maintenance, which may have been forgotten. A database of an older version knows of none. */
async function checkMaintenance(db: Database): Promise<Finding[]> {
  if (!(await db.schema.hasColumn('installation', 'maintenance'))) return []
  const found = await findMaintenance(db)
  if (found === undefined) return []
  const since = new Date(found.since).toISOString()
  return [
    problem(
      'maintenance',
      `goes on since ${since}, and learners open no notebooks. End it with: carrel maintenance off`,
    ),
  ]
}

/** Long enough for the first round of a culler after the start of a hub. */
const firstRoundMilliseconds = 15 * 60_000

/** Tells that no culler says by what limits it goes, while a hub is at work. */
async function checkCuller(db: Database): Promise<Finding[]> {
  if (!(await db.schema.hasTable('cullers'))) return []
  const since = await hubsSince(db)
  const told = await lastTold(db)
  if (since === undefined || (await readClock(db)) - since < firstRoundMilliseconds || told?.isPresent) return []
  const when = told === undefined ? 'has ever told' : `has told since ${new Date(told.at).toISOString()}`
  return [
    problem(
      'culler',
      `none ${when} by what limits it stops servers, so learners are not warned of stops. Does it run, and is it of this version? Where a timer starts carrel culler --once, say by --every how often.`,
    ),
  ]
}

/** Compares clocks: hubs use the database's, but certificates and the ends of seats depend on each machine's. */
async function checkClock(db: Database): Promise<Finding> {
  const seconds = Math.round(Math.abs((await readClock(db)) - Date.now()) / 1000)
  return seconds <= 30
    ? ok('clocks', "the database's and this machine's agree")
    : problem(
        'clocks',
        `the database's and this machine's differ by ${seconds} s. Set both by the same time server (NTP).`,
      )
}

/**
 * Returns the setup with the courses that people have made beside those of the config, so that all checks look at them too, and
 * what is to be said of them. Those that are archived or being deleted start no servers, and are left out.
 */
export async function withMadeCourses(setup: Setup): Promise<{ setup: Setup; findings: Finding[] }> {
  const { config } = setup
  const about = 'courses that people have made'
  return lookInto(setup, async (db) => {
    try {
      // A database of an older version knows of none.
      if (db === undefined || !(await db.schema.hasTable('catalogue'))) return { setup, findings: [] }
      const { all, made } = await openCourses({ config, db })
      const active = [...made.values()].filter(({ row }) => row.state === 'active')
      const slugs = new Set(active.flatMap(({ row, problems }) => (problems.length === 0 ? [row.slug] : [])))
      const isMeant = ({ slug, variantOf }: Course) =>
        Object.hasOwn(config.courses, slug) || slugs.has(variantOf ?? slug)
      const courses = Object.fromEntries(Object.entries(all).filter(([, course]) => isMeant(course)))
      const halted = active.filter(({ problems }) => problems.length > 0)
      const findings = halted.map(({ row, problems }) => {
        const why = problems.map(([path, message]) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
        return problem(`course ${row.name}`, `does not open: ${why}. Mend it: carrel course edit ${row.name}`)
      })
      if (slugs.size > 0) findings.unshift(ok(about, `are looked at as those of the config: ${slugs.size}`))
      return { setup: { ...setup, config: { ...config, courses } }, findings }
    } catch (error) {
      const why = `could not be read: ${messageOf(error)}. They are left out; start the hub of this version once.`
      return { setup, findings: [unknown(about, why)] }
    }
  })
}

export async function installationOf(setup: Setup): Promise<string | undefined> {
  return lookInto(setup, async (db) => {
    return db && findInstallationId(db).catch(() => undefined)
  })
}

/** Calls `look` with the database while hubs may be at work; with undefined where there is none yet. */
export async function lookInto<T>({ databaseUrl }: Setup, look: (db: Database | undefined) => Promise<T>): Promise<T> {
  const file = sqliteFileOf(databaseUrl)
  if (file !== undefined && !existsSync(file)) return look(undefined)
  const db = openBeside(databaseUrl)
  try {
    return await look(db)
  } finally {
    await db.destroy()
  }
}
