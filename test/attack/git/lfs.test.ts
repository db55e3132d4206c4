/** Attacks by Git LFS: by pointers in a repository, and by what its server answers. */
import { readdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { GitRules } from '../../../git/git.ts'
import { createLfsClient } from '../../../git/lfs/client.ts'
import { createReach } from '../../../git/reach.ts'
import { readRemote } from '../../../git/remote-url.ts'
import { failed, fetchKilled, type GitWorld, leftIn, noise, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { createLfsServer, type LfsServer, lfsPointer } from '../../helpers/git/lfs-server.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: Git LFS', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const token = 'glpat-very-secret-token'
  const account = { user: 'x-access-token', token }
  type Answer = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>

  const open = (lfs: LfsServer, options: Parameters<typeof openGitWorld>[1] = {}) =>
    openGitWorld(cleanup, { ...options, host: { answer: lfs.answer, ...options.host } })
  /** Commits files of Git LFS, fetches, and returns the problems and which files are there as they should be. */
  const fetchFiles = async (world: GitWorld, files: Record<string, string>, source = world.source) => {
    const commit = await world.course.commit({ '.gitattributes': '* filter=lfs\n', ...files })
    const { left } = await world.git.fetch(source, { signal })
    const listed = await world.git.list(source, commit)
    const whole = listed.filter(({ path, pointer }) => path in files && pointer === undefined)
    return {
      left: left.map(({ path, problem }) => `${path}: ${problem}`),
      whole: whole.map(({ path }) => path),
      commit,
    }
  }
  /** Answers about contents in place of the server. */
  const sending = (lfs: LfsServer, send: (response: ServerResponse) => void): Answer => {
    return (request, response) => {
      if (!request.url?.startsWith('/lfs-files/')) return lfs.answer(request, response)
      send(response)
      return true
    }
  }

  const table: Attack[] = [
    {
      name: 'has its server lead to hosts inside, by address and by name: no connection is made, and pointers stay',
      rule: 'git addresses',
      attempt: async () => {
        const inside = await open(createLfsServer())
        const lfs = createLfsServer()
        const world = await open(lfs, {
          rules: { hosts: ['git.example.org'] },
          lookup: async (host) => [host === 'cloud.example.org' ? '169.254.169.254' : '127.0.0.1'],
        })
        const { port } = inside.host
        const hrefs = [
          ...[`http://127.0.0.1:${port}/x`, `https://127.0.0.1:${port}/x`, `http://inside.example.org:${port}/x`],
          ...[`https://inside.example.org:${port}/x`, `https://[::1]:${port}/x`, `http://0x7f.1:${port}/x`],
          ...['https://cloud.example.org/latest', 'http://169.254.169.254/latest', 'file:///etc/passwd', 'x', ''],
          ...[`https://a:b@git.example.org:${port}/x`, `ftp://127.0.0.1:${port}/x`],
        ]
        const files = Object.fromEntries(hrefs.map((href) => [`f${hrefs.indexOf(href)}`, lfs.put('course', href)]))
        lfs.place = (oid) => ({ href: String(lfs.contents.get(oid)) })
        const source = { url: `http://git.example.org:${world.host.port}/course.git` }
        const { left, whole } = await fetchFiles(world, files, source)
        return [left.length === hrefs.length, whole, inside.host.requests]
      },
      expected: [true, [], []],
    },
    {
      name: 'has its public server lead to a host inside that the operator lists for other courses: it is not asked',
      rule: 'git addresses',
      attempt: async () => {
        const inside = await open(createLfsServer())
        const lookup = async (host: string) => [host === 'public.example.org' ? '8.8.8.8' : '127.0.0.1']
        const reach = createReach(['git.example.edu', 'files.example.edu'], lookup)
        const publicReach = createReach([], lookup)
        const url = new URL(`http://files.example.edu:${inside.host.port}/api/act`)
        const asking = (own: string) => {
          const client = createLfsClient({ reach, publicReach }, readRemote(own), signal)
          cleanup.defer(() => client.close())
          return client.ask(url, {})
        }
        const { message } = await failed(asking('https://public.example.org/course'))
        const before = inside.host.requests.length
        const answer = await asking('https://git.example.edu/course')
        answer.destroy()
        return [message.includes('leads to an address that is not public'), before, inside.host.requests.length]
      },
      expected: [true, 0, 1],
    },
    {
      name: 'has its server answer with redirects to hosts inside: nothing is asked there',
      rule: 'git addresses',
      attempt: async () => {
        const inside = await open(createLfsServer())
        const results: unknown[] = []
        for (const start of ['/course.git/info/lfs/', '/lfs-files/']) {
          const lfs = createLfsServer()
          const world = await open(lfs, {
            rules: { hosts: ['git.example.org'] },
            lookup: async () => ['127.0.0.1'],
            host: {
              answer: (request, response) => {
                if (!request.url?.startsWith(start)) return lfs.answer(request, response)
                response.writeHead(307, { location: `${inside.host.url}/secret` }).end()
                return true
              },
            },
          })
          const source = { url: `http://git.example.org:${world.host.port}/course.git` }
          const { left, whole } = await fetchFiles(world, { a: lfs.put('course', 'a') }, source)
          results.push(left.length, whole)
        }
        return [results, inside.host.requests]
      },
      expected: [[1, [], 1, []], []],
    },
    {
      name: 'has its server lead to another host, at once or by a redirect: that one gets no token, and the server itself does',
      rule: 'git credentials',
      attempt: async () => {
        const other = await openGitWorld(cleanup, {
          host: {
            answer: (_request, response) => {
              response.end('content')
              return true
            },
          },
        })
        const headers: (string | undefined)[] = []
        const results: unknown[] = []
        for (const place of ['other', 'own']) {
          const lfs = createLfsServer()
          const world = await open(lfs, {
            host: {
              account,
              answer: (request, response) => {
                if (!request.url?.startsWith('/leads')) return lfs.answer(request, response)
                headers.push(request.headers.authorization)
                response.writeHead(302, { location: `${other.host.url}/redirected` }).end()
                return true
              },
            },
          })
          lfs.place = () => ({ href: place === 'own' ? `${world.host.url}/leads` : `${other.host.url}/direct` })
          const source = { ...world.source, credentials: { token } }
          results.push((await fetchFiles(world, { a: lfs.put('course', 'content') }, source)).whole)
        }
        return [results, other.host.requests, headers.map((one) => one !== undefined)]
      },
      expected: [
        [['a'], ['a']],
        [
          { line: 'GET /direct', authorization: undefined },
          { line: 'GET /redirected', authorization: undefined },
        ],
        [true],
      ],
    },
    {
      name: 'is a server that repeats what it was sent: no problem, report or log has the token',
      rule: 'git credentials',
      attempt: async () => {
        const results: string[] = []
        for (const status of [200, 401, 404, 500]) {
          const answer: Answer = (request, response) => {
            if (!request.url?.includes('/info/lfs/')) return false
            const text = `${request.headers.authorization} ${token}`
            const object = { oid: 'a'.repeat(64), size: 1, error: { code: 500, message: text } }
            response.writeHead(status).end(JSON.stringify({ message: text, objects: [object] }))
            return true
          }
          const world = await openGitWorld(cleanup, { host: { account, answer } })
          const source = { ...world.source, credentials: { token } }
          await world.course.commit({ '.gitattributes': '* filter=lfs\n', a: lfsPointer('a'.repeat(64), 1) })
          const report = (line: string) => void results.push(line)
          const { left } = await world.git.fetch(source, { signal, report })
          results.push(JSON.stringify(left), ...world.log)
        }
        const told = results.join('\n')
        return [told.includes('127.0.0.1'), told.includes(token), told.includes('Basic')]
      },
      expected: [true, false, false],
    },
    {
      name: 'has its server name headers that would change or split a request: the file stays a pointer, and nothing is asked',
      rule: 'git contents',
      attempt: async () => {
        const lfs = createLfsServer()
        const world = await open(lfs)
        const headers: Record<string, string>[] = [
          { Host: 'inside' },
          { 'Content-Length': '5' },
          { 'Transfer-Encoding': 'chunked' },
          { Connection: 'upgrade' },
          { 'Proxy-Authorization': 'x' },
          { 'X-A': 'x\r\nX-B: y' },
          { 'X-A\r\nX-B': 'y' },
          { 'x y': 'z' },
          Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`X-${index}`, 'x'])),
        ]
        const files = Object.fromEntries(headers.map((_, index) => [`f${index}`, lfs.put('course', String(index))]))
        lfs.place = (oid, own) => ({ ...own, header: headers[Number(String(lfs.contents.get(oid)))] ?? {} })
        const { left, whole } = await fetchFiles(world, files)
        return [left.length === headers.length, whole, lfs.asked.filter((line) => line.startsWith('get'))]
      },
      expected: [true, [], []],
    },
    {
      name: 'sends another file, a shorter or a longer one: the pointer stays, and nothing of it lies in the mirror',
      rule: 'git contents',
      attempt: async () => {
        const results: unknown[] = []
        for (const sent of ['wrong!!', 'short', `content${'x'.repeat(100_000)}`]) {
          const lfs = createLfsServer()
          const world = await open(lfs, { host: { answer: sending(lfs, (response) => void response.end(sent)) } })
          const { left, whole, commit } = await fetchFiles(world, { a: lfs.put('course', 'content') })
          const [mirror = ''] = await readdir(world.folder)
          const kept = await readdir(join(world.folder, mirror, commit, 'carrel/lfs'))
          results.push([left.map((one) => one.slice(0, 29)), whole, kept, await leftIn(world.folder)])
        }
        return results
      },
      expected: Array(3).fill([['a: 127.0.0.1 sent another fil'], [], [], []]),
    },
    {
      name: 'names one file by pointers of different sizes: only the right one is resolved, and an archive is whole',
      rule: 'git contents',
      attempt: async () => {
        const lfs = createLfsServer()
        const world = await open(lfs)
        const right = lfs.put('course', 'content')
        const files = { a: right, b: right.replace('size 7', 'size 8'), c: right.replace('size 7', 'size 0') }
        const { left, whole, commit } = await fetchFiles(world, files)
        const archived = await Array.fromAsync(world.git.archive(world.source, commit))
        return [left.map((one) => one.slice(0, 2)).sort(), whole, archived.length > 0]
      },
      expected: [['b:', 'c:'], ['a'], true],
    },
    {
      name: 'has pointers that name paths, other hashes or no number: these are plain files, and nothing is asked',
      rule: 'git contents',
      attempt: async () => {
        const lfs = createLfsServer()
        const world = await open(lfs)
        const good = lfsPointer('a'.repeat(64), 10)
        const files = {
          a: good.replace('a'.repeat(64), '../'.repeat(21).padEnd(64, 'x')),
          b: good.replace('a'.repeat(64), 'A'.repeat(64)),
          c: good.replace('size 10', 'size -1'),
          d: good.replace('sha256', 'sha512'),
          e: `${good}ext-0-foo sha256:${'b'.repeat(64)}\n`,
        }
        const { left, whole } = await fetchFiles(world, files)
        return [left, whole, lfs.asked]
      },
      expected: [[], ['a', 'b', 'c', 'd', 'e'], []],
    },
    {
      name: 'has pointers to files that are too large, alone or together: they are not asked for, and the rest is there',
      rule: 'git limits',
      attempt: async () => {
        const lfs = createLfsServer()
        const world = await open(lfs, { rules: { maxBytes: 2_000_000 } })
        const files = {
          a: lfsPointer('a'.repeat(64), 999_999_999_999_999),
          b: lfs.put('course', noise(900_000, 'b')),
          c: lfs.put('course', noise(900_000, 'c')),
          d: lfs.put('course', noise(900_000, 'd')),
        }
        const { left, whole } = await fetchFiles(world, files)
        return [left.map((one) => one.split('.')[0]), whole, lfs.asked.length]
      },
      expected: [['a: The commit takes more than 2 MB', 'd: The commit takes more than 2 MB'], ['b', 'c'], 3],
    },
    {
      name: 'sends bytes without an end, as a file and as an answer: both end at their limit',
      rule: 'git limits',
      attempt: async () => {
        const results: unknown[] = []
        for (const start of ['/lfs-files/', '/course.git/info/lfs/']) {
          const lfs = createLfsServer()
          let sent = 0
          const world = await open(lfs, {
            host: {
              answer: (request, response) => {
                if (!request.url?.startsWith(start)) return lfs.answer(request, response)
                const send = () => {
                  sent += 100_000
                  if (!response.destroyed) response.write('x'.repeat(100_000), () => setImmediate(send))
                }
                send()
                return true
              },
            },
          })
          const { left, whole } = await fetchFiles(world, { a: lfs.put('course', 'content') })
          results.push([left.length, whole, sent < 30_000_000, await leftIn(world.folder)])
        }
        return results
      },
      expected: Array(2).fill([1, [], true, []]),
    },
    {
      name: 'never ends its answer: the time of the parts ends it, and the commit is there',
      rule: 'git limits',
      attempt: async () => {
        const lfs = createLfsServer()
        const rules: Partial<GitRules> = { seconds: 12 }
        const world = await open(lfs, { rules, host: { answer: sending(lfs, (response) => void response.write('c')) } })
        return (await fetchFiles(world, { a: lfs.put('course', 'content') })).left
      },
      expected: ['a: It was not there in time. Try again later.'],
    },
    {
      name: 'kills the hub in the middle of a file of Git LFS: nothing half made is found, and the next fetch brings it',
      rule: 'leftovers',
      attempt: async () => {
        const lfs = createLfsServer()
        const files = { '.gitattributes': '* filter=lfs\n', a: lfs.put('course', 'content') }
        const commitTo = ({ course }: GitWorld) => course.commit(files)
        const isFile = (url: string) => url.startsWith('/lfs-files/')
        const { between, left, contents, folders } = await fetchKilled(cleanup, lfs.answer, isFile, commitTo)
        return [between, left, contents.a, folders.length]
      },
      expected: ['The commit is not here. Fetch it first.', [], 'content', 1],
    },
  ]
  attacks(table)
})
