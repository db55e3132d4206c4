/** Has what tests of replaced notebooks begin with: a server that runs with one notebook of its user's, which another one replaces. */
import { replaceNotebook } from '../../../hub/copies/replace.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import type { Hub } from '../../../hub/hub.ts'
import { openParts, type Parts } from '../parts.ts'

export const path = 'week1/lesson.ipynb'
export const owner = { account: 'temporary:her', course: 'demo' }
/** The user's notebook, in base64. */
export const mine = Buffer.from('{"her":1}').toString('base64')

export interface ReplaceWorld {
  parts: Parts
  server: Server
  /** What lies at the server: kinds by path, and the bytes of files in base64. */
  files: Record<string, 'notebook' | 'file' | 'directory'>
  bytes: Record<string, string>
  /** Returns the text of the notebook. */
  read(): string
  names(): string[]
  /** Has a hub, by default the world's own, put `new` in the place of the notebook. */
  replace(hub?: Hub, commit?: string | null): ReturnType<typeof replaceNotebook>
}

export async function openReplaceWorld(database: string): Promise<ReplaceWorld> {
  const parts = await openParts(database)
  const server = await parts.makeReady()
  const files: ReplaceWorld['files'] = { week1: 'directory', [path]: 'notebook' }
  const bytes: ReplaceWorld['bytes'] = { [path]: mine }
  Object.assign(parts.world.behaviour, { files, bytes })
  return {
    ...{ parts, server, files, bytes },
    read: () => Buffer.from(bytes[path] ?? '', 'base64').toString(),
    names: () => Object.keys(files).sort(),
    async replace(hub = parts.hub, commit = 'c'.repeat(40)) {
      const course = hub.courses.all.demo
      if (course === undefined) throw new Error('there is no course')
      const coming = { digest: 'd'.repeat(64), commit: commit ?? undefined, merged: Buffer.from('new') }
      return replaceNotebook(hub, server, { owner, course, path, ...coming })
    },
  }
}
