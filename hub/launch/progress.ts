import type { Launch } from '../db/seats/launches.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

/** What a person who waits is told. Names nothing that opens anything. */
export interface LaunchProgress {
  state: 'queued' | 'pulling' | 'creating' | 'starting' | 'stopping' | 'ready' | 'failed'
  message: string
  percent?: number
  /** For staff, to look up in the log. */
  reference?: string
}

/** Returns whether nothing more comes of the launch by itself. */
export function isFinal(progress: LaunchProgress): boolean {
  return progress.state === 'ready' || progress.state === 'failed'
}

export async function progressOf(hub: Hub, launch: Pick<Launch, 'server'>): Promise<LaunchProgress> {
  const server = await findServer(hub.db, launch.server)
  if (server === undefined)
    return { state: 'failed', message: 'This notebook has been removed. Open the link once more.' }
  const position = server.state === 'queued' ? await hub.positionOf(server.id) : undefined
  return describeProgress(server, position)
}

/**
 * Returns what a person who waits is told about a server. All sentences that a learner may meet stand in this table.
 */
function describeProgress(server: Server, position?: number): LaunchProgress {
  const percent = server.percent === undefined ? {} : { percent: server.percent }
  const extra = server.message === undefined ? '' : ` ${server.message}`
  switch (server.state) {
    case 'queued':
      return {
        state: 'queued',
        message: position === undefined || position <= 1 ? 'You are next.' : `You are number ${position} in the queue.`,
      }
    case 'starting':
      if (server.phase === 'pulling')
        return { state: 'pulling', message: `Fetching the course's software.${extra}`, ...percent }
      if (server.phase === 'starting')
        return { state: 'starting', message: `Starting your notebook.${extra}`, ...percent }
      return { state: 'creating', message: `Making room for your notebook.${extra}`, ...percent }
    case 'ready':
      return { state: 'ready', message: 'Your notebook is ready.' }
    case 'stopping':
      return server.restart
        ? { state: 'stopping', message: 'Your earlier session is ending; a new one starts right after.' }
        : failed(server, 'Your notebook is being stopped.')
    case 'failed':
      return failed(server, 'Your notebook could not be started.')
    case 'stopped':
      return failed(server, 'Your notebook was stopped.')
  }
}

function failed(server: Server, otherwise: string): LaunchProgress {
  const message = `${server.failure ?? otherwise} Try again; if it happens again, tell your teacher the reference below.`
  return { state: 'failed', message, reference: `${server.id}-${server.run}` }
}
