import { PassThrough } from 'node:stream'
import type { Launch } from '../db/launches.ts'
import type { Hub } from '../hub.ts'
import { type Progress, progressOf } from './progress.ts'

const lookEveryMilliseconds = 1000
const keepAliveMilliseconds = 8000

/** A launch's progress as server-sent events, from now until it is ready or has failed. Late joiners get the present state. */
export function progressStream(hub: Hub, launch: Launch, signal: AbortSignal): PassThrough {
  const stream = new PassThrough()
  void write(hub, launch, stream, signal).finally(() => stream.end())
  return stream
}

async function write(hub: Hub, launch: Launch, stream: PassThrough, signal: AbortSignal): Promise<void> {
  let last = ''
  let spoke = 0
  while (!signal.aborted && !stream.destroyed) {
    const changed = hub.changes.wait(launch.server, lookEveryMilliseconds, signal)
    const progress = await progressOf(hub, launch).catch(() => undefined)
    const line = progress === undefined ? last : JSON.stringify(progress)
    if (line !== last || performance.now() - spoke > keepAliveMilliseconds) {
      stream.write(line === last ? ':\n\n' : `data: ${line}\n\n`)
      last = line
      spoke = performance.now()
    }
    if (progress !== undefined && isFinal(progress)) return
    await changed
  }
}

function isFinal(progress: Progress): boolean {
  return progress.state === 'ready' || progress.state === 'failed'
}
