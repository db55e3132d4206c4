import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Cleanup } from '../cleanup.ts'

export interface GitHostOptions {
  /** The folder of the bare repositories. */
  folder: string
  /** The name and the token that every request needs. */
  account?: { user: string; token: string }
  /** Speaks TLS with this certificate. */
  tls?: { key: Buffer; cert: Buffer }
  /** Speaks only the oldest protocol, and hands out nothing but what branches and tags name. */
  isOld?: boolean
  /** Answers in place of git, where it returns true. */
  answer?(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean>
}

export interface GitHost {
  /** `http://127.0.0.1:PORT` or `https://…`. */
  url: string
  port: number
  /** The requests in order, such as `GET /course.git/info/refs?service=git-upload-pack`, and their credentials. */
  requests: { line: string; authorization: string | undefined }[]
  /** How many bytes it has sent. */
  sent(): number
}

/** Starts a host of git on 127.0.0.1, which serves repositories as others do: by `git http-backend`. */
export async function startGitHost(
  cleanup: Cleanup,
  { folder, account, tls, isOld = false, answer = () => false }: GitHostOptions,
): Promise<GitHost> {
  const requests: GitHost['requests'] = []
  const sockets = new Set<Socket>()
  let sentBefore = 0
  const listen: RequestListener = (request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    handle(request, response).catch(() => response.destroy())
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wanted = account && `Basic ${Buffer.from(`${account.user}:${account.token}`).toString('base64')}`
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    if (isOld) delete request.headers['git-protocol']
    if (!(await answer(request, response))) serve(folder, request, response)
  }
  const server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sentBefore += socket.bytesWritten
      sockets.delete(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, sentBefore),
  }
}

/** Runs `git http-backend` for a request. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  backend.stdin.on('error', () => undefined)
  request.pipe(backend.stdin)
  response.once('close', () => backend.kill())
  let head = Buffer.alloc(0)
  const readHead = (piece: Buffer) => {
    head = Buffer.concat([head, piece])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    backend.stdout.off('data', readHead)
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*/, 2)
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', readHead)
  backend.once('close', () => response.end())
}
