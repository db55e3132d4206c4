/** Learns from the engine's events of programs that the kernel ended for want of memory while their container goes on. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemoryKill, ServerKey, Spawner } from '../spawner.ts'
import { inspect } from './containers.ts'
import type { DockerContext } from './context.ts'
import { jsonLines } from './engine.ts'
import { isPart, type Labels, label, labelFilters, runOf } from './labels.ts'
import { hasProcesses } from './status.ts'

type Watch = Parameters<NonNullable<Spawner['watchMemory']>>[0]

/** Seconds after which a stream is opened anew, since a connection may be dead without its end having been seen. */
const longestStream = 300
/** Milliseconds between two tries to reach the engine. */
const pauses = { first: 500, longest: 30_000 }
/** Milliseconds in which a container ends whose first program was ended. On a busy machine that takes over half a second. */
const untilEnded = 3000

interface OomEvent {
  id: string
  labels: Labels
  /** Milliseconds since 1970, by the engine's clock. */
  at: number
  /** Distinguishes it from all others. */
  key: string
}

/** Listens until `signal` is aborted. The engine remembers its last events, so none is missed between two connections. */
export async function watchMemoryKills(docker: DockerContext, { since, signal, tell }: Watch): Promise<void> {
  const judge = judgeOf(docker, signal, tell)
  let from = since
  let seen = new Set<string>()
  for (let pause = pauses.first; !signal.aborted; ) {
    const over = AbortSignal.timeout(longestStream * 1000)
    try {
      for await (const event of oomEvents(docker, from, AbortSignal.any([signal, over]))) {
        pause = pauses.first
        if (event.at > from) seen = new Set()
        from = Math.max(from, event.at)
        if (seen.has(event.key)) continue
        seen.add(event.key)
        judge(event)
      }
    } catch {
      // The engine is away, or restarts. What happens meanwhile is told after that.
    }
    if (over.aborted) continue
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    pause = Math.min(pause * 2, pauses.longest)
  }
}

/**
 * Returns a function that takes events and tells of those whose container goes on, in their order. While it waits for the end
 * of a container it takes no other event of that container: a learner may cause any number of them.
 */
function judgeOf(docker: DockerContext, signal: AbortSignal, tell: (kill: MemoryKill) => void) {
  const waiting = new Set<string>()
  let told = Promise.resolve()
  return ({ id, labels, at }: OomEvent) => {
    const key = keyIn(docker, labels)
    if (key === undefined || waiting.has(id)) return
    waiting.add(id)
    const judged = goesOn(docker, id, signal).finally(() => waiting.delete(id))
    told = told.then(async () => {
      if ((await judged) && !signal.aborted) tell({ ...key, at })
    })
  }
}

/** Returns the run that a container with these labels is; undefined for a part of one, and for one of another installation. */
function keyIn({ installation }: DockerContext, labels: Labels): ServerKey | undefined {
  const run = isPart(labels) ? undefined : runOf(labels, installation)
  return run && { server: run.server, run: run.run }
}

/** Says whether a container still runs a moment later. Asks again while the engine does not answer. */
async function goesOn({ engine }: DockerContext, id: string, signal: AbortSignal): Promise<boolean> {
  for (let pause = untilEnded; ; pause = Math.min(pause * 2, pauses.longest)) {
    try {
      await sleep(pause, undefined, { signal })
      const found = await inspect(engine, id, { signal })
      return found !== undefined && hasProcesses(found.State.Status)
    } catch {
      if (signal.aborted) return false
    }
  }
}

/** Reads the engine's events about memory from a time on, for as long as the connection lasts. */
async function* oomEvents(
  { engine, installation }: DockerContext,
  from: number,
  abortSignal: AbortSignal,
): AsyncGenerator<OomEvent> {
  const filters = { type: ['container'], event: ['oom'], label: labelFilters(installation, label.server) }
  // The types of the library know no fraction of a second and no signal.
  const asked: object = { since: (from / 1000).toFixed(3), filters, abortSignal }
  const stream = await engine.docker.getEvents({ ...asked })
  for await (const { Actor, timeNano } of jsonLines<EngineEvent>(stream)) {
    const { ID: id, Attributes: labels } = Actor
    yield { id, labels, at: Math.floor(timeNano / 1e6), key: `${id} ${timeNano}` }
  }
}

interface EngineEvent {
  Actor: { ID: string; Attributes: Labels }
  timeNano: number
}
