import { endText } from '../../courses/successor.ts'
import { retold } from '../../words/kept.ts'
import { type Said, say, sentences, type Text } from '../../words/text.ts'
import { readClock } from '../db/clock.ts'
import type { Launch } from '../db/seats/launches.ts'
import { isLaunching } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { troublesOf } from '../db/servers/troubles.ts'
import { findUser } from '../db/users.ts'
import { whyHomeWaits } from '../homes/waiting.ts'
import type { Hub } from '../hub.ts'
import { refusalOf, refusalText } from '../rights/opening.ts'

/** What a person who waits is told. Names nothing that opens anything. */
export interface LaunchProgress {
  state: 'queued' | 'pulling' | 'creating' | 'starting' | 'stopping' | 'ready' | 'failed'
  message: Said
  percent?: number
  /** What went wrong with the notebook before this one, while the new one starts. */
  before?: Said
  /** What the notebook that is ready has had trouble with, where its owner has not read that yet. */
  told?: Said
  /** The text of a button that tries once more, where that may help. */
  again?: Said
  /** For staff, to look up in the log. */
  reference?: string
  /** For how many milliseconds the start has been asked for, and how many seconds starts of the course usually take. */
  start?: { age: number; usual?: number }
}

/** Returns whether nothing more comes of the launch by itself. */
export function isFinal(progress: LaunchProgress): boolean {
  return progress.state === 'ready' || progress.state === 'failed'
}

/** Returns how a launch goes. `known` is its server's row, for a caller that has just read it. */
export async function progressOf(hub: Hub, launch: Pick<Launch, 'server'>, known?: Server): Promise<LaunchProgress> {
  const server = known ?? (await findServer(hub.db, launch.server))
  if (server === undefined) return over(say`This notebook has been removed.`)
  const position = server.state === 'queued' ? await hub.positionOf(server.id) : undefined
  const notice = unreadNotice(hub, server)
  const isComing = isLaunching(server) || server.restart
  const before = joined(isComing ? [server.failure && retold(server.failure), notice] : [])
  const waits = server.state === 'queued' ? await whyHomeWaits(hub, server) : undefined
  const progress =
    waits === undefined ? describeProgress(server, position) : { state: 'queued' as const, message: waits }
  const refusal = progress.state === 'failed' ? await refusalOfOwner(hub, server) : undefined
  if (refusal !== undefined) return { state: 'failed', message: say`${reasonOf(server)} ${refusal}` }
  const told = joined(server.state === 'ready' ? [notice, ...(await unreadTroubles(hub, server))] : [])
  const start = isComing ? await startOf(hub, server) : {}
  return { ...progress, ...(before && { before }), ...(told && { told }), ...start }
}

async function startOf(hub: Hub, { course, queued, restart }: Server): Promise<Pick<LaunchProgress, 'start'>> {
  // A server that starts again after its stop was not asked for at the time that its row tells.
  if (queued === undefined || restart) return {}
  const usual = hub.usualStarts.secondsOf(course)
  // The clock that has noted the one time tells the other: this hub's own may be wrong, and the reader's too.
  const age = Math.max(0, (await readClock(hub.db)) - queued)
  return { start: { age, ...(usual !== undefined && { usual: Math.max(1, Math.round(usual)) }) } }
}

function joined(texts: (Said | undefined)[]): Text | undefined {
  return texts.some((text) => text !== undefined) ? sentences(texts) : undefined
}

/** Returns what is to be known of a course on its way out, before each run of it opens for the first time. */
function unreadNotice({ courses }: Hub, { course: slug, run, noticeRead }: Server): Said | undefined {
  const course = courses.all[slug]
  return course === undefined || noticeRead === run ? undefined : endText(courses.all, course)
}

async function unreadTroubles(hub: Hub, server: Server): Promise<Said[]> {
  const troubles = (await troublesOf(hub.db, [server])).get(server.id) ?? []
  return troubles.flatMap(({ message, read }) => (read ? [] : [retold(message)]))
}

/** Returns why the server would not start again, if its course is not open to its owner now. Neither a new try nor staff's log helps then. */
async function refusalOfOwner(hub: Hub, server: Server): Promise<Said | undefined> {
  const course = hub.courses.all[server.course]
  const owner = await findUser(hub.db, server.user)
  const refusal = course && owner && (await refusalOf(hub, owner, course))
  return refusal && refusalText(course, refusal)
}

/**
 * Returns what a person who waits is told about a server. All sentences that a learner may meet stand in this table.
 */
function describeProgress(server: Server, position?: number): LaunchProgress {
  const going = server.message && retold(server.message)
  const percent = server.percent === undefined ? {} : { percent: server.percent }
  switch (server.state) {
    case 'queued':
      return {
        state: 'queued',
        message:
          position === undefined || position <= 1 ? say`You are next.` : say`You are number ${position} in the queue.`,
      }
    case 'starting':
      if (server.phase === 'pulling')
        return {
          state: 'pulling',
          message: sentences([say`Fetching the course's software.`, going]),
          ...percent,
        }
      if (server.phase === 'starting')
        return { state: 'starting', message: sentences([say`Starting your notebook.`, going]), ...percent }
      return {
        state: 'creating',
        message: sentences([say`Making room for your notebook.`, going]),
        ...percent,
      }
    case 'ready':
      return { state: 'ready', message: say`Your notebook is ready.` }
    case 'stopping':
      return server.restart
        ? { state: 'stopping', message: say`Your earlier session is ending; a new one starts right after.` }
        : server.failure === undefined
          ? over(reasonOf(server))
          : failed(server)
    case 'failed':
      return failed(server)
    case 'stopped':
      return over(reasonOf(server))
  }
}

/** Returns why a server does not run. */
function reasonOf({ state, failure }: Server): Said {
  if (state === 'stopped') return say`Your notebook was stopped.`
  return (
    (failure && retold(failure)) ??
    (state === 'failed' ? say`Your notebook could not be started.` : say`Your notebook is being stopped.`)
  )
}

/** Returns what is told of a failed start. The advice to try again is given only where that can help. */
function failed(server: Server): LaunchProgress {
  const { id, run, failureLasts, refused } = server
  const what = reasonOf(server)
  // The site has said why, and what to do.
  if (refused) return { state: 'failed', message: what, again: say`Try again` }
  const reference = `${id}-${run}`
  if (failureLasts) {
    const message = say`${what} Trying again does not help. Tell your teacher the reference below.`
    return { state: 'failed', message, reference }
  }
  const message = say`${what} Try again. If it happens again, tell your teacher the reference below.`
  return { state: 'failed', message, again: say`Try again`, reference }
}

/** Returns what is told where nothing has failed, and a new start is for the person to decide. */
function over(message: Said): LaunchProgress {
  return { state: 'failed', message, again: say`Start it again` }
}
