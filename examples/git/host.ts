/**
 * Serves the repositories below a folder to programs of this machine, to be read only, as a host of git does:
 *
 *   npx node examples/git/host.ts /tmp/courses
 *
 * Carrel reads repositories over https and SSH, and none from the disk. So this takes the place of a real host in a trial.
 */
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'

const [folder, port = '8010'] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Name the folder whose repositories are to be served: node examples/git/host.ts FOLDER [PORT]\n')
  process.exit(2)
}
const root = resolve(folder)

const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host')
  // What git asks of a host to fetch from it, and nothing else.
  const isFetch = /^\/[\w.-]+\/(?:info\/refs|git-upload-pack)$/.test(pathname) && !search.includes('receive-pack')
  if (isFetch) answer(request, response, pathname, search.slice(1))
  else response.writeHead(404).end()
})
server.listen(Number(port), '127.0.0.1', () => {
  const { port: taken } = server.address() as AddressInfo
  process.stdout.write(`Each repository of ${root} is at http://127.0.0.1:${taken}/NAME. Ctrl-C ends this.\n`)
})

/** Answers a request by `git http-backend`, which speaks as a program of CGI does. */
function answer(request: IncomingMessage, response: ServerResponse, path: string, query: string): void {
  const git = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  git.once('error', () => response.writeHead(500).end())
  git.stdin.on('error', () => undefined)
  request.pipe(git.stdin)
  response.once('close', () => git.kill())
  let head = Buffer.alloc(0)
  const readHead = (piece: Buffer) => {
    head = Buffer.concat([head, piece])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    git.stdout.off('data', readHead)
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*/, 2)
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    git.stdout.pipe(response)
  }
  git.stdout.on('data', readHead)
  git.once('close', () => response.end())
}
