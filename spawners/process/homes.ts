/**
 * Homes: a folder `homes/<id>/` each, which appears with its labels (`about.json`) by a rename and disappears by one.
 * `files/` in it is what the learner sees. `given` is the list of `course-files.ts`.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { lineOf, undefinedIf } from '../../net/error-code.ts'
import { inParallel } from '../../net/in-parallel.ts'
import type { FoundHome, HomeSize, HomeSpec, Homes, MountedHome } from '../files.ts'
import { type Installation, SpawnError } from '../spawner.ts'
import type { CourseFiles } from './course-files.ts'
import { draftIn, isFolder, openFolder, removeFrom } from './drafts.ts'
import { forgetLaid } from './laid.ts'
import { readAbout } from './run.ts'

const aboutSchema = z.strictObject({
  installation: z.strictObject({ name: z.string(), id: z.string() }),
  id: z.string(),
  account: z.string(),
  course: z.string(),
})

/** Opens the homes of an installation. Their sizes are not enforced. */
export async function openHomes(
  dataDir: string,
  { name, id }: Installation,
  warn: (message: string) => void,
): Promise<Homes> {
  const root = rootOf(dataDir)
  await openFolder(root, warn)
  const damaged = new Set<string>()

  /** Returns the labels of a home, and whether they are this installation's; undefined when there is no such home. */
  const find = async (home: string) => {
    const about = await readAbout(homeFolder(dataDir, home), aboutSchema)
    if (about === undefined) return undefined
    const { installation } = about
    return { about, isOurs: installation.id === id && installation.name === name && about.id === home }
  }

  return {
    async make(home) {
      const folder = homeFolder(dataDir, home.id)
      await makeHome(root, folder, { installation: { name, id }, ...labelsOf(home) })
      const found = await find(home.id)
      if (found?.isOurs && JSON.stringify(labelsOf(found.about)) === JSON.stringify(labelsOf(home))) return {}
      throw new Error(`${folder} is the home of another account, course or installation`)
    },

    async list() {
      const names = (await readdir(root)).filter((name) => idPattern.test(name))
      const homes: FoundHome[] = []
      await inParallel(16, names, async (home) => {
        const folder = homeFolder(dataDir, home)
        const found = await find(home).catch((error: unknown) => {
          if (!damaged.has(home)) warn(`${folder} is left out, since its about.json cannot be read: ${lineOf(error)}`)
          damaged.add(home)
          return undefined
        })
        if (found?.isOurs) homes.push({ ...labelsOf(found.about), name: folder, state: {} })
      })
      return homes
    },

    async measure(id, _state, { signal }) {
      return (await find(id))?.isOurs ? bytesIn(homeFiles(dataDir, id), signal) : undefined
    },

    async remove(id) {
      const found = await find(id)
      if (found === undefined) return
      if (!found.isOurs)
        throw new Error(`${homeFolder(dataDir, id)} has other labels: it may be of another installation`)
      await forgetLaid(dataDir, { home: id })
      await removeFrom(root, id)
    },
  }
}

/** Returns the folder in which a program sees a home. */
export function homeFiles(dataDir: string, id: string): string {
  return join(homeFolder(dataDir, id), 'files')
}

/** Returns what is needed to bring files of a course into a home. */
export function courseFilesOf(dataDir: string, image: string, id: string): CourseFiles {
  const list = join(homeFolder(dataDir, id), 'given')
  return { image, workspace: homeFiles(dataDir, id), list, draft: () => draftIn(rootOf(dataDir), 'new') }
}

/** Returns the folder of a home that was made. Rejects when it is gone, since an empty one would hide that. */
export async function requireHome(dataDir: string, { id }: MountedHome): Promise<string> {
  const files = homeFiles(dataDir, id)
  if (await isFolder(files)) return files
  throw new SpawnError('The files of this notebook are not there.', { detail: `${files} is gone`, lasts: true })
}

/**
 * Moves the files of a workspace into a home that is empty: a course whose learners had workspaces now has homes. Returns
 * false where both have files. The list of given files goes first. So a hub that is killed in between moves the rest at
 * the next start, and nothing is ever in two places.
 */
export async function takeOver(
  dataDir: string,
  id: string,
  from: { workspace: string; list: string },
): Promise<boolean> {
  if (!(await isFolder(from.workspace))) return true
  if (!(await isEmpty(dataDir, id))) return false
  await rename(from.list, courseFilesOf(dataDir, '', id).list).catch(undefinedIf('ENOENT'))
  const move = rename(from.workspace, homeFiles(dataDir, id)).then(() => true)
  return move.catch((error: unknown) => undefinedIf('ENOENT', 'ENOTEMPTY', 'EEXIST')(error) ?? false)
}

export async function isEmpty(dataDir: string, id: string): Promise<boolean> {
  return (await readdir(homeFiles(dataDir, id)).catch(undefinedIf('ENOENT')))?.length === 0
}

async function makeHome(root: string, folder: string, about: z.output<typeof aboutSchema>): Promise<void> {
  if (await isFolder(folder)) return
  const draft = draftIn(root, 'new')
  await mkdir(join(draft, 'files'), { recursive: true, mode: 0o700 })
  // A home whose labels a power failure has emptied would be lost to its learner.
  await writeFile(join(draft, 'about.json'), JSON.stringify(about), { mode: 0o600, flush: true })
  // Where another call was faster, the rename finds its folder, which is never empty.
  await rename(draft, folder).catch(async (error: unknown) => {
    await removeFrom(root, draft.slice(root.length + 1))
    undefinedIf('ENOTEMPTY', 'EEXIST')(error)
  })
}

function labelsOf({ id, account, course }: HomeSpec) {
  return { id, account, course }
}

/** Returns what a folder takes on the disk. Files that are removed meanwhile count or do not. */
function bytesIn(folder: string, signal: AbortSignal): Promise<HomeSize> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' }
  return new Promise((fulfil, reject) => {
    execFile('du', ['-sk', '--', folder], { env, signal, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const [, kilobytes] = /^(\d+)\s/.exec(stdout) ?? []
      const unread = stderr.split('\n').filter((line) => line !== '' && !line.endsWith('No such file or directory'))
      if (kilobytes !== undefined && unread.length === 0) fulfil({ bytes: Number(kilobytes) * 1024 })
      else
        reject(signal.aborted ? signal.reason : new Error(`du cannot read ${folder}: ${unread[0] ?? error?.message}`))
    })
  })
}

const idPattern = /^[a-z0-9]{1,32}$/

function homeFolder(dataDir: string, id: string): string {
  if (!idPattern.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of a home`)
  return join(rootOf(dataDir), id)
}

function rootOf(dataDir: string): string {
  return join(resolve(dataDir), 'homes')
}
