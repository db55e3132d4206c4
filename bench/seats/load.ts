/**
 * The load generator of `bench seats`, a process of its own. It gets tasks from its parent, one at a time, and responds
 * with what it has measured. It uses plain sockets, so that most of the machine is left for the proxy.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export type Task =
  /** Sends requests on every connection for some time: the next one of the list after each response. */
  | { do: 'requests'; port: number; requests: string[]; connections: number; milliseconds: number }
  /** Sends each request of the list once. */
  | { do: 'each'; port: number; requests: string[]; connections: number }
  /** Opens WebSockets that stay open. */
  | { do: 'open'; port: number; sockets: Opening[] }
  /** Sends messages on every open WebSocket for some time: the next one after each echo. */
  | { do: 'echo'; bytes: number; milliseconds: number }
  /** Sends messages at a steady pace, each on the next of the open WebSockets. */
  | { do: 'talk'; bytes: number; perSecond: number; milliseconds: number }
  | { do: 'close' }

export interface Opening {
  path: string
  headers: Record<string, string>
}

export interface Seen {
  /** Number of responses or echoes. */
  count: number
  milliseconds: number
  p50: number
  p99: number
  /** Indexes of the WebSockets that are closed by now. */
  closed: number[]
}

const sockets: WebSocket[] = []

process.on('message', ({ id, ...task }: Task & { id: number }) => {
  act(task).then(
    (seen) => process.send?.({ id, seen }),
    (error: unknown) => process.send?.({ id, failed: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function act(task: Task): Promise<Seen> {
  switch (task.do) {
    case 'requests':
      return requests(task, performance.now() + task.milliseconds)
    case 'each':
      return requests(task, undefined)
    case 'open':
      return open(task.port, task.sockets)
    case 'echo':
      return echo(task)
    case 'talk':
      return talk(task)
    case 'close':
      for (const socket of sockets.splice(0)) socket.terminate()
      return seen([], 0)
  }
}

/** Sends requests until a time, or without one until each request was sent once. */
async function requests(
  { port, requests, connections }: { port: number; requests: string[]; connections: number },
  until: number | undefined,
): Promise<Seen> {
  const bytes = requests.map((request) => Buffer.from(request))
  const latencies: number[] = []
  let next = 0
  const open = await Promise.all(Array.from({ length: connections }, () => opened(port)))
  const began = performance.now()
  await Promise.all(
    open.map(async (socket) => {
      const exchange = exchangeOn(socket)
      while (until === undefined ? next < bytes.length : performance.now() < until) {
        const request = bytes[next++ % bytes.length]
        const sent = performance.now()
        await exchange(request ?? Buffer.of())
        latencies.push(performance.now() - sent)
      }
      socket.destroy()
    }),
  )
  return seen(latencies, performance.now() - began)
}

async function opened(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Returns a function that sends a request and waits for the whole response, which must be a 200 with a length. */
function exchangeOn(socket: Socket): (request: Buffer) => Promise<void> {
  let got = ''
  let settle: { resolve(): void; reject(error: Error): void } | undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    got += chunk
    const head = got.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(got)?.[1]
    if (!got.startsWith('HTTP/1.1 200 ') || length === undefined) {
      settle?.reject(new Error(`the load was answered with: ${got.slice(0, 500)}`))
    } else if (got.length >= head + 4 + Number(length)) {
      got = ''
      settle?.resolve()
    }
  })
  socket.on('close', () => settle?.reject(new Error('a connection was closed under load')))
  socket.on('error', () => {})
  return (request) => {
    socket.write(request)
    return new Promise((resolve, reject) => {
      settle = { resolve, reject }
    })
  }
}

/** Opens WebSockets, a few at a time, since a thousand handshakes at once would measure the backlog. */
async function open(port: number, openings: Opening[]): Promise<Seen> {
  const began = performance.now()
  const latencies: number[] = []
  for (let at = 0; at < openings.length; at += 20) {
    await Promise.all(
      openings.slice(at, at + 20).map(async ({ path, headers }) => {
        const sent = performance.now()
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, perMessageDeflate: false })
        sockets.push(socket)
        await once(socket, 'open')
        socket.on('error', () => {})
        latencies.push(performance.now() - sent)
      }),
    )
  }
  return seen(latencies, performance.now() - began)
}

async function echo({ bytes, milliseconds }: { bytes: number; milliseconds: number }): Promise<Seen> {
  const message = 'x'.repeat(bytes)
  const latencies: number[] = []
  const began = performance.now()
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < began + milliseconds) {
        const sent = performance.now()
        socket.send(message)
        await once(socket, 'message')
        latencies.push(performance.now() - sent)
      }
    }),
  )
  return seen(latencies, performance.now() - began)
}

async function talk({ bytes, perSecond, milliseconds }: { bytes: number; perSecond: number; milliseconds: number }) {
  const message = 'x'.repeat(bytes)
  const latencies: number[] = []
  const waiting = new Set<Promise<unknown>>()
  const began = performance.now()
  let sent = 0
  while (performance.now() < began + milliseconds) {
    for (const due = ((performance.now() - began) / 1000) * perSecond; sent < due; sent += 1) {
      const socket = sockets[sent % sockets.length]
      if (socket?.readyState !== WebSocket.OPEN) continue
      const at = performance.now()
      const echoed = once(socket, 'message', { signal: AbortSignal.timeout(milliseconds) }).then(
        () => latencies.push(performance.now() - at),
        // Ignores a WebSocket that was closed meanwhile, as it should be.
        () => undefined,
      )
      waiting.add(echoed.finally(() => waiting.delete(echoed)))
      socket.send(message)
    }
    await sleep(1)
  }
  await sleep(100)
  return seen(latencies, performance.now() - began)
}

function seen(latencies: number[], milliseconds: number): Seen {
  const sorted = latencies.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const closed = sockets.flatMap((socket, index) => (socket.readyState === WebSocket.OPEN ? [] : [index]))
  return { count: latencies.length, milliseconds, p50: at(0.5), p99: at(0.99), closed }
}
