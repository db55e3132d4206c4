/** Prints what a job of a hub prints, such as a build, until its end. */
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Values } from '../options.ts'
import type { hubOptions } from './hub-client.ts'
import { HubRefusal, transfer } from './hub-files.ts'
import { linesOf, print, shown, understood } from './lines.ts'

const event = z.object({ phase: z.string(), message: z.string(), percent: z.number(), status: z.string() })

const againMilliseconds = 1000
const patienceMilliseconds = 60_000

interface Following {
  values: Values<typeof hubOptions>
  env: NodeJS.ProcessEnv
  /** What stands before each line. */
  name: string
  /** Where the hub has the log. */
  path: string
  signal: AbortSignal
}

/** Returns the phase at the end; undefined when the person has stopped the command. */
export async function followLog({ values, env, name, path, signal }: Following): Promise<string | undefined> {
  let last = ''
  let until = Date.now() + patienceMilliseconds
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(last !== '' && { 'last-event-id': last }) }
      const answer = await transfer(values, env, { method: 'GET', path, headers, signal })
      for await (const { id, data } of eventsIn(answer)) {
        until = Date.now() + patienceMilliseconds
        if (id !== '') last = id
        const one = understood(event, JSON.parse(data))
        const isLast = id.endsWith('.end')
        if (values.json) print(JSON.stringify({ name, ...one, ...(isLast && { end: true }) }))
        else if (isLast) print(`${name}: ${one.status}. ${shown(one.message.trimEnd())}`)
        else for (const line of one.message.split('\n').slice(0, -1)) print(`${name}: ${shown(line)}`)
        if (isLast) return one.phase
      }
    } catch (error) {
      if (signal.aborted) return undefined
      // A hub that is being replaced comes back, and the log with it.
      if (error instanceof HubRefusal && error.status < 500) throw error
      if (Date.now() > until) throw error
    }
    await sleep(againMilliseconds, undefined, { signal }).catch(() => undefined)
  }
  return undefined
}

/** Yields the events of a stream of server-sent events. */
async function* eventsIn(answer: Readable): AsyncGenerator<{ id: string; data: string }> {
  let id = ''
  let data = ''
  for await (const line of linesOf(answer)) {
    if (line.startsWith('id: ')) id = line.slice(4)
    else if (line.startsWith('data: ')) data = line.slice(6)
    else if (line === '' && data !== '') {
      yield { id, data }
      ;[id, data] = ['', '']
    }
  }
}
