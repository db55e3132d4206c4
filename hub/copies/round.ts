/** After a pull, has the unchanged copies in running servers follow their course. Stopped servers follow at their next opening. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { givesCopies } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { inParallel } from '../../net/in-parallel.ts'
import { hasCopiesBehind, takeCopiesBehind } from '../db/content/copies.ts'
import { endOldRounds, endRound, type FollowRound, listRounds } from '../db/content/follows.ts'
import { findNotebook } from '../db/content/notebooks.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { asker } from './ask.ts'
import { followCourse } from './follow.ts'

/** A hub looks this often whether there is a round, and waits so long between two parts of one. */
const [pollMilliseconds, pauseMilliseconds] = [2000, 200]
/** As many copies are one part, and as many servers are asked at the same time. */
const [some, atOnce] = [20, 4]
const patienceMilliseconds = 5000

/** Starts what each hub does by itself. All hubs share a round: each copy is one hub's for a while. */
export function startFollowing(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const { signal } = controller
  const loop = async () => {
    while (!signal.aborted) {
      try {
        const rounds = await listRounds(hub.db)
        for (const round of rounds) await followRound(hub, round, signal)
        if (rounds.length > 0) await endOldRounds(hub.db)
      } catch (error) {
        hub.log.warn({ reason: messageOf(error) }, 'copies could not follow their courses; trying again')
      }
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}

/** Does as much of a round as can be done now, and ends it where nothing is left. */
async function followRound(hub: Hub, round: FollowRound, signal: AbortSignal): Promise<void> {
  const courses = Object.values(hub.courses.all).filter(({ id }) => id === round.course)
  const of = { course: round.course, slugs: courses.filter(givesCopies).map(({ slug }) => slug) }
  while (!signal.aborted) {
    const taken = await takeCopiesBehind(hub.db, { ...of, limit: some })
    if (taken.length === 0) break
    const byServer = [...Map.groupBy(taken, ({ server }) => server)]
    await inParallel(atOnce, byServer, async ([id, copies]) => {
      const server = await findServer(hub.db, id)
      const course = server && hub.courses.all[server.course]
      if (server?.state !== 'ready' || course === undefined || signal.aborted) return
      await followIn(hub, server, { course, paths: copies.map(({ path }) => path) })
    })
    await sleep(pauseMilliseconds, undefined, { signal }).catch(() => undefined)
  }
  if (!signal.aborted && !(await hasCopiesBehind(hub.db, of))) await endRound(hub.db, round)
}

async function followIn(
  hub: Hub,
  server: Server,
  { course, paths }: { course: Course; paths: readonly string[] },
): Promise<void> {
  const inUse = await notebooksInUse(hub, server)
  if (inUse === undefined) return
  for (const path of paths) {
    const notebook = inUse.has(path) ? undefined : await findNotebook(hub.db, course.id, path)
    if (notebook !== undefined) await followCourse(hub, server, { course, notebook })
  }
}

const sessions = z.array(z.looseObject({ path: z.string().optional() }))

/**
 * Returns the notebooks of a server that have a kernel: they may be open where no desk tells of it, and an editor that has one open
 * would ask its learner which of the two files she wants. Undefined where the server does not tell.
 */
async function notebooksInUse(hub: Hub, server: Server): Promise<Set<string> | undefined> {
  try {
    const { status, text } = await asker(hub, server, patienceMilliseconds)('api/sessions')
    if (status !== 200) return undefined
    return new Set(sessions.parse(JSON.parse(text)).map(({ path = '' }) => path))
  } catch {
    return undefined
  }
}
