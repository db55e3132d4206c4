/** Asks a learner's server which files it has. */
import { z } from 'zod'
import { type Ask, asker, contentsOf, encoded } from '../../copies/ask.ts'
import type { Server } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { type FoundFile, isTextNotebook } from '../files.ts'

/**
 * How long a browser waits for all questions about one file. After that it goes on as if nothing had been asked. A server
 * that has just started answers its first questions late, on a busy machine after seconds.
 */
const patienceMilliseconds = 10_000
/** How many of a folder's names are looked at, and how many of a missing path's folders. */
const most = { names: 300, folders: 4 }

export type Search =
  | { state: 'found'; file: FoundFile; hasNotebook: boolean }
  /** `folder` is the nearest one that is there, and `wanted` the name that is not in it. */
  | { state: 'missing'; folder: string; wanted: string; entries: FoundFile[] }
  | { state: 'unknown' }

/**
 * Looks for the files of a link, a round after the other. In a round a notebook counts more than another file, so that a
 * program beside a notebook is not taken for it. The result is `unknown` when the server does not answer in time, or as
 * Jupyter does.
 */
export async function lookFor(hub: Hub, server: Server, rounds: string[][]): Promise<Search> {
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    for (const paths of rounds) {
      const types = await Promise.all(paths.map((path) => typeOf(ask, path)))
      const files = paths.flatMap((path, index): FoundFile[] => {
        const type = types[index]
        return type === undefined ? [] : [{ path, type }]
      })
      const file = files.find(({ type }) => type === 'notebook') ?? files[0]
      if (file === undefined) continue
      return { state: 'found', file, hasNotebook: isTextNotebook(file) && (await hasPage(ask, file)) }
    }
    return { state: 'missing', ...(await nearestFolder(ask, rounds[0]?.[0] ?? '')) }
  } catch (error) {
    hub.log.debug({ server: server.id, reason: messageOf(error) }, 'could not ask a server for a file')
    return { state: 'unknown' }
  }
}

const fileType = z.enum(['notebook', 'file', 'directory'])
const modelSchema = z.looseObject({ type: fileType })
const folderSchema = z.looseObject({ type: z.literal('directory'), content: z.array(z.unknown()) })
const entrySchema = z.looseObject({ name: z.string().min(1).max(255), type: fileType })

/** Returns the kind of a file; undefined when there is none. With Jupytext, texts that it opens are notebooks. */
async function typeOf(ask: Ask, path: string): Promise<FoundFile['type'] | undefined> {
  const { status, text } = await ask(`${contentsOf(path)}?content=0`)
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`it answered ${status}`)
  return modelSchema.parse(JSON.parse(text)).type
}

/** Returns whether the server has Notebook beside JupyterLab. */
async function hasPage(ask: Ask, { path }: FoundFile): Promise<boolean> {
  const page = await ask(`notebooks/${encoded(path)}`).catch(() => undefined)
  return page?.status === 200
}

/**
 * Returns the nearest folder of a missing path that is there, with its files. Throws when even the topmost one is not,
 * because then a 404 says nothing about files.
 */
async function nearestFolder(ask: Ask, path: string) {
  const segments = path.split('/')
  const depths = segments.map((_, depth) => depth).reverse()
  for (const depth of new Set([...depths.slice(0, most.folders), 0])) {
    const folder = segments.slice(0, depth).join('/')
    const entries = await filesIn(ask, folder)
    if (entries !== undefined) return { folder, wanted: segments[depth] ?? '', entries }
  }
  throw new Error('it has no folder at all')
}

/** Returns a folder's files; none for a folder with so many that their list is too long; undefined for no folder. */
async function filesIn(ask: Ask, folder: string): Promise<FoundFile[] | undefined> {
  const listed = await ask(`${contentsOf(folder)}?content=1&type=directory`).catch(() => undefined)
  if (listed === undefined) return (await typeOf(ask, folder)) === 'directory' ? [] : undefined
  if (listed.status !== 200) return undefined
  const { content } = folderSchema.parse(JSON.parse(listed.text))
  return content.slice(0, most.names).flatMap((one) => {
    const entry = entrySchema.safeParse(one)
    if (!entry.success || /[\p{Cc}\p{Cf}\p{Cs}/\\]/u.test(entry.data.name)) return []
    const { name, type } = entry.data
    return [{ path: folder === '' ? name : `${folder}/${name}`, type }]
  })
}
