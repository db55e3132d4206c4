/** A worker of a proxy: its side of browsers, with a copy of the owner's route table. */
import type { OwnRoute } from '../../seats/route.ts'
import { measureProcess } from '../back.ts'
import { openFront } from '../front.ts'
import type { ProxyOptions } from '../options.ts'
import { createRouteTable } from '../routes/route-table.ts'
import { createActivityReporter } from './activity.ts'
import { type ToOwner, type ToWorker, toWorkerSchema } from './messages.ts'

export interface RunningWorker {
  /** Ends the worker after its grace, with a last report. Idempotent. */
  stop(): void
  /** Resolves when everything is closed. */
  ended: Promise<void>
}

const reportMilliseconds = 1000

/**
 * Starts a worker. It opens everything, gets the whole table from the owner, and only then accepts connections. When
 * the owner ends, Node ends this process at once.
 */
export async function startWorker(options: ProxyOptions): Promise<RunningWorker> {
  const { log } = options
  const opened = new AsyncDisposableStack()
  const stopping = Promise.withResolvers<void>()
  const writes = createWrites()
  const front = await openFront(
    options,
    async (changed) => ({ table: createRouteTable({ now: Date.now, changed }), take: writes.take }),
    opened,
  )
  const { table } = front.context
  const activity = createActivityReporter(table)
  const measure = measureProcess(front.context, opened)
  const report = async () => {
    for (const routes of activity.unreported()) await send({ kind: 'active', routes })
  }
  const listen = async () => {
    const urls = await front.listen()
    log.info({ urls, routes: table.all().length }, 'worker started')
    await send({ kind: 'listening', urls })
    const reporting = setInterval(report, reportMilliseconds)
    opened.defer(() => clearInterval(reporting))
  }
  const follow = (path: string, held: Parameters<typeof table.follow>[1]) => {
    table.follow(path, held)
    const entry = table.get(path)
    if (entry !== undefined && entry.lastActivity === held?.lastActivity) activity.isKnown(entry)
  }

  const pause = async ({ id, path, name, ends }: Extract<ToWorker, { kind: 'pause' }>) => {
    if (!('pauses' in front.context)) throw new Error('a plain proxy pauses nothing')
    const { pauses } = front.context
    const ended = async () => ((await pauses.end(path, name)) ? 'ended' : 'other')
    await send({ kind: 'paused', id, result: ends ? await ended() : await pauses.begin(path, name) })
  }
  const take = async (message: ToWorker): Promise<void> => {
    if (message.kind === 'routes') for (const held of message.routes) follow(held.route.path, held)
    if (message.kind === 'change') follow(message.path, message.held)
    switch (message.kind) {
      case 'routes':
      case 'change':
      case 'ask':
        return send({ kind: 'confirmed', number: message.number })
      case 'listen':
        return listen()
      case 'written':
        return writes.done(message.id)
      case 'measure':
        return send({ kind: 'measured', id: message.id, metrics: await measure() })
      case 'pause':
        return pause(message)
      case 'reload':
        return front.reload()
      case 'stop':
        return stopping.resolve()
    }
  }
  process.on('message', (raw: unknown) => {
    // The owner starts a new worker, which gets the whole table.
    take(toWorkerSchema.parse(raw)).catch((error: unknown) => {
      log.fatal({ err: error }, 'this worker cannot do what its owner says')
      process.exit(1)
    })
  })
  await send({ kind: 'open' })

  const end = async () => {
    await stopping.promise
    await opened.disposeAsync()
    await report()
  }
  return { stop: stopping.resolve, ended: end() }
}

/** The routes that this worker has asked the owner to take. */
function createWrites() {
  const waiting = new Map<number, () => void>()
  let ids = 0
  return {
    take: (route: OwnRoute) =>
      new Promise<void>((resolve) => {
        ids += 1
        waiting.set(ids, resolve)
        void send({ kind: 'write', id: ids, route })
      }),
    done(id: number) {
      waiting.get(id)?.()
      waiting.delete(id)
    },
  }
}

function send(message: ToOwner): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}
