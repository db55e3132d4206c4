/**
 * The load generator of `bench proxy`, a process of its own. It gets tasks from its parent, one at a time, and responds
 * with what it has measured. It writes prepared bytes and counts bytes, so that the proxy is the bottleneck.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type Task =
  /** Sends the request on every connection for some time: again after each complete answer. */
  | {
      do: 'requests'
      port: number
      request: string
      bodyBytes: number
      connections: number
      milliseconds: number
      /** Opens each connection when the one before has been answered. Otherwise one worker would take nearly all. */
      oneByOne?: boolean
    }
  /** Requests long answers and leaves after the first bytes, for some time. */
  | { do: 'leave'; port: number; request: string; connections: number; milliseconds: number }
  /** Opens WebSockets, one for each head, from each of these addresses in turn. */
  | { do: 'open'; port: number; heads: string[]; addresses: string[] }
  /** Sends messages on every open WebSocket for some time: the next one after each echo. */
  | { do: 'echo'; bytes: number; milliseconds: number }
  | { do: 'close' }

export interface Seen {
  /** Number of answers, echoes, or clients that left. */
  count: number
  milliseconds: number
  p50: number
  p99: number
}

const open: Socket[] = []

/** How long an answer may take. */
const answerMilliseconds = 20_000

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
      return requests(task)
    case 'leave':
      return leave(task)
    case 'open':
      return openAll(task)
    case 'echo':
      return echo(task)
    case 'close':
      for (const socket of open.splice(0)) socket.destroy()
      return seen([], 0)
  }
}

async function connected(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Sends a request, and returns the first bytes of the answer. */
async function firstBytes(socket: Socket, request: string): Promise<Buffer> {
  const given = new AbortController()
  const timer = setTimeout(() => given.abort(new Error('there was no answer')), answerMilliseconds)
  const close = () => given.abort(new Error('a connection was closed before its answer'))
  socket.once('close', close).write(request, 'latin1')
  try {
    const [chunk] = (await once(socket, 'data', { signal: given.signal })) as [Buffer]
    return chunk
  } catch (error) {
    throw given.signal.aborted ? given.signal.reason : error
  } finally {
    clearTimeout(timer)
    socket.off('close', close)
  }
}

async function requests({
  port,
  request,
  bodyBytes,
  connections,
  milliseconds,
  oneByOne = false,
}: Task & { do: 'requests' }) {
  const bytes = Buffer.concat([Buffer.from(request, 'latin1'), Buffer.alloc(bodyBytes, 'x')])
  const latencies: number[] = []
  const sockets: Socket[] = []
  if (oneByOne) {
    while (sockets.length < connections) {
      const socket = await connected(port)
      await firstBytes(socket, request)
      sockets.push(socket)
    }
  } else sockets.push(...(await Promise.all(Array.from({ length: connections }, () => connected(port)))))
  const began = performance.now()
  const until = began + milliseconds
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let sent = 0
          let left = 0
          const next = () => {
            if (performance.now() >= until) return resolve()
            sent = performance.now()
            socket.write(bytes)
          }
          socket.on('data', (chunk: Buffer) => {
            try {
              left = (left > 0 ? left : lengthOf(chunk)) - chunk.length
            } catch (error) {
              return reject(error)
            }
            if (left > 0) return
            latencies.push(performance.now() - sent)
            next()
          })
          socket.on('error', reject).on('close', () => reject(new Error('a connection was closed under load')))
          next()
        }),
    ),
  )
  const took = performance.now() - began
  for (const socket of sockets) socket.destroy()
  return seen(latencies, took)
}

/** Returns the length of the answer that this chunk begins. */
function lengthOf(chunk: Buffer): number {
  const end = chunk.indexOf('\r\n\r\n')
  const head = chunk.toString('latin1', 0, end < 0 ? Math.min(chunk.length, 500) : end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200 ') || end < 0 || length === undefined) {
    throw new Error(`the load was answered with: ${head}`)
  }
  return end + 4 + Number(length)
}

async function leave({ port, request, connections, milliseconds }: Task & { do: 'leave' }): Promise<Seen> {
  const latencies: number[] = []
  const began = performance.now()
  const until = began + milliseconds
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const sent = performance.now()
        const socket = await connected(port)
        await firstBytes(socket, request)
        socket.destroy()
        latencies.push(performance.now() - sent)
      }
    }),
  )
  return seen(latencies, performance.now() - began)
}

/** Opens WebSockets, a few at a time, since a thousand handshakes at once would measure the backlog. */
async function openAll({ port, heads, addresses }: Task & { do: 'open' }): Promise<Seen> {
  const began = performance.now()
  const latencies: number[] = []
  for (let at = 0; at < heads.length; at += 50) {
    await Promise.all(
      heads.slice(at, at + 50).map(async (head, index) => {
        const sent = performance.now()
        const socket = await connected(port, addresses[(at + index) % addresses.length])
        const chunk = await firstBytes(socket, head)
        const answer = chunk.toString('latin1', 0, 12)
        if (answer !== 'HTTP/1.1 101') throw new Error(`a WebSocket was answered with: ${chunk.toString('latin1')}`)
        socket.on('error', () => {})
        open.push(socket)
        latencies.push(performance.now() - sent)
      }),
    )
  }
  return seen(latencies, performance.now() - began)
}

async function echo({ bytes, milliseconds }: Task & { do: 'echo' }): Promise<Seen> {
  const message = textFrame(bytes)
  const latencies: number[] = []
  const began = performance.now()
  const until = began + milliseconds
  await Promise.all(
    open.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          const close = () => reject(new Error('a WebSocket was closed under load'))
          let sent = 0
          let left = 0
          const next = () => {
            if (performance.now() >= until) {
              socket.removeAllListeners('data').off('close', close)
              return resolve()
            }
            sent = performance.now()
            left = message.length
            socket.write(message)
          }
          socket.on('data', (chunk: Buffer) => {
            left -= chunk.length
            if (left > 0) return
            latencies.push(performance.now() - sent)
            next()
          })
          if (socket.closed) return close()
          socket.once('close', close)
          next()
        }),
    ),
  )
  return seen(latencies, performance.now() - began)
}

/** Returns a masked text frame, whose mask is zero, so that its bytes are those of the text. */
function textFrame(bytes: number): Buffer {
  const head = Buffer.from([0x81, 0x80 | 126, bytes >> 8, bytes & 0xff, 0, 0, 0, 0])
  return Buffer.concat([head, Buffer.alloc(bytes, 'x')])
}

function seen(latencies: number[], milliseconds: number): Seen {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, milliseconds, p50: at(0.5), p99: at(0.99) }
}
