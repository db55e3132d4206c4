/** A user at work while exchanges are played: with a WebSocket, a download that never ends, and pages of the hub. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request } from 'node:http'
import type { WebSocket } from 'ws'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { serversUrl } from '../../helpers/test-hub.ts'
import { type Backend, openWebSocket, outcome, startBackend } from '../../proxy/world.ts'

const piece = 40_000

export interface HonestServer {
  url: string
  /** Sends the next piece to every download. */
  goOn(): void
}

/** Starts the bystander's own server. */
export async function startHonestServer(cleanup: Cleanup): Promise<HonestServer> {
  const downloads = new Map<ServerResponse, number>()
  const backend: Backend = await startBackend(cleanup, (req, res) => {
    if (req.url?.endsWith('/download') !== true) return void res.end('[]')
    res.on('error', () => {})
    res.on('close', () => downloads.delete(res))
    downloads.set(res, 0)
    res.writeHead(200, { 'content-type': 'application/octet-stream' }).flushHeaders()
  })
  return {
    url: backend.url,
    goOn() {
      for (const [res, at] of downloads) {
        res.write(bytesAt(at, piece))
        downloads.set(res, at + piece)
      }
    },
  }
}

export interface Bystander {
  /** Uses WebSocket, download and page. Rejects when an echo, the next piece or the page does not come, or is wrong. */
  work(): Promise<void>
  close(): void
}

export interface Desk {
  proxyUrl: string
  path: string
  seat: string
  honest: HonestServer
  /** Fetches a page of the hub that names its user. */
  page(): Promise<{ status: number; text: string }>
}

export async function startBystander({ proxyUrl, path, seat, honest, page }: Desk): Promise<Bystander> {
  const socket = openWebSocket(proxyUrl, `${path}ws`, { origin: serversUrl, cookie: seat })
  const opened = await outcome(socket)
  if (opened !== 'open') throw new Error(`the bystander's WebSocket was answered with ${opened}`)
  const problems: string[] = []
  socket.on('close', () => problems.push('its WebSocket was closed'))
  socket.on('error', (error) => problems.push(`its WebSocket failed: ${error.message}`))
  const download = await startDownload(proxyUrl, `${path}download`, seat, problems)
  let said = 0

  return {
    async work() {
      said += 1
      await within('its echo', echo(socket, `word ${said}`))
      const came = download.next()
      honest.goOn()
      await within('its download', came)
      const { status, text } = await within('its page', page())
      if (status !== 200 || !text.includes('bob')) problems.push(`its page was answered with ${status}`)
      if (problems.length > 0) throw new Error(problems.splice(0).join('; '))
    },
    close() {
      socket.removeAllListeners('close')
      socket.terminate()
      download.close()
    },
  }
}

async function echo(socket: WebSocket, word: string): Promise<void> {
  const answered = once(socket, 'message')
  socket.send(word)
  const [answer] = (await answered) as [Buffer]
  if (answer.toString() !== word) throw new Error(`it said ${word} and heard ${answer.toString().slice(0, 40)}`)
}

async function startDownload(url: string, path: string, seat: string, problems: string[]) {
  const { hostname, port } = new URL(url)
  const headers = {
    host: new URL(serversUrl).host,
    cookie: seat,
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
  }
  const asked = request({ host: hostname, port, path, headers, agent: false })
  asked.on('error', (error) => problems.push(`its download failed: ${error.message}`))
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`the bystander's download was answered with ${answer.statusCode}`)
  let read = 0
  let wanted = 0
  let enough = () => {}
  answer.on('error', () => {})
  answer.on('close', () => problems.push('its download was cut off'))
  answer.on('data', (chunk: Buffer) => {
    if (!chunk.equals(bytesAt(read, chunk.length))) problems.push(`its download has other bytes after ${read}`)
    read += chunk.length
    if (read >= wanted) enough()
  })
  return {
    next: () =>
      new Promise<void>((resolve) => {
        wanted += piece
        enough = resolve
      }),
    close() {
      answer.removeAllListeners('close')
      asked.destroy()
    },
  }
}

/** Returns bytes of the download. Each byte is determined by its place. */
function bytesAt(at: number, count: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, (_, index) => ((at + index) * 31 + ((at + index) >> 8)) & 255))
}

async function within<T>(what: string, happens: Promise<T>): Promise<T> {
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => reject(new Error(`${what} did not come within a minute`)), 60_000)
  })
  try {
    return await Promise.race([happens, late])
  } finally {
    clearTimeout(limit)
  }
}
