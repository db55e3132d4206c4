/** A home as an archive, and its size. */
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Course } from '../../courses/course.ts'
import type { ErrandEnd, HomeSize } from '../../spawners/files.ts'
import { say } from '../../words/text.ts'
import { imageOf } from '../builds/images.ts'
import { type Home, noteSize } from '../db/homes/homes.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { claimHome } from './claim.ts'
import { knownHome, runErrand } from './errand.ts'
import { importCommand } from './import-command.ts'
import { homesOf } from './provide.ts'
import { addHomeEvent } from './removal.ts'

export interface CopyOptions {
  signal: AbortSignal
  /** Id of the admin, or `operator`. */
  by: string
  /** The image whose `tar` and user do it. Default: that of a course of this home. */
  image?: string | undefined
}

/**
 * Writes all files of a home to `stdout` as a tar archive, whose names are relative, and ends it. Rejects when the archive
 * is not complete, and then leaves `stdout` open, so that the caller can break it off.
 */
export async function exportHome(hub: Hub, id: string, stdout: Writable, options: CopyOptions): Promise<void> {
  const home = await knownHome(hub, id)
  const command = ['tar', '-c', '-f', '-', '.']
  requireSuccess(await errandIn(hub, home, { purpose: 'export', command, stdout }, options), 'exported')
  stdout.end()
  await finished(stdout)
  await hub.db.transaction((trx) => addHomeEvent(trx, 'home-exported', home, { by: options.by }))
}

/**
 * Writes the files of a tar archive into a home, as the image's own user. Files that are there stay as they are, unless
 * `overwrite` is set. Rejects when that is not complete. An archive that does not come whole changes nothing.
 */
export async function importHome(
  hub: Hub,
  id: string,
  stdin: Readable,
  { overwrite = false, ...options }: CopyOptions & { overwrite?: boolean },
): Promise<void> {
  const home = await knownHome(hub, id)
  const command = importCommand({ overwrite })
  requireSuccess(await errandIn(hub, home, { purpose: 'import', command, stdin }, options), 'imported')
  await hub.db.transaction((trx) => addHomeEvent(trx, 'home-imported', home, { by: options.by }))
}

/** Returns the home of a user in a course, and makes its row if there is none, as for an import before the first launch. */
export async function homeFor(hub: Hub, user: User, course: Course): Promise<Home> {
  const home = await hub.db.transaction((trx) => claimHome(hub, trx, user, course))
  if (home === undefined) throw new HttpError(409, 'no_home', say`The course ${course.name} gives no homes.`)
  return home
}

/** Asks the spawner how much a home holds, and keeps the answer. Undefined when the home was not made yet, or is gone. */
export async function measureHome(hub: Hub, id: string, signal: AbortSignal): Promise<HomeSize | undefined> {
  const home = await knownHome(hub, id)
  const size = await homesOf(hub).measure(id, home.spawnerState, { signal })
  if (size !== undefined) await noteSize(hub.db, id, size.bytes)
  return size
}

interface Copying {
  purpose: string
  command: string[]
  stdin?: Readable
  stdout?: Writable
}

async function errandIn(hub: Hub, home: Home, copying: Copying, { signal, image }: CopyOptions): Promise<ErrandEnd> {
  const { purpose, command, ...streams } = copying
  const course = Object.values(hub.courses.all).find(
    (one) => one.home !== undefined && (home.course === '' ? one.home.per === 'user' : one.id === home.course),
  )
  const named = image ?? course?.image
  const used = named && (await imageOf(hub.db, named))
  if (used === undefined) {
    throw new HttpError(
      409,
      'no_image',
      say`No course whose image is there has the home ${home.id}. Say which course’s image is to do it: --course COURSE.`,
    )
  }
  const path = course?.home?.path ?? '/home/jovyan'
  const { limits = {}, options } = course ?? {}
  const errand = { purpose, image: used, command, limits, options, home: { id: home.id, path } }
  return runErrand(hub, errand, { signal, ...streams })
}

function requireSuccess({ code, outOfMemory, lines }: ErrandEnd, what: string): void {
  if (code === 0) return
  const cause = outOfMemory ? 'it ran out of memory' : `tar ended with ${code}`
  throw new HttpError(422, 'errand_failed', `Not all files were ${what}: ${cause}. ${lines.slice(-5).join(' ')}`.trim())
}
