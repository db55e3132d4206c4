/** Attacks on what opens private repositories: by hosts, by who may read this machine's lists, and by a hub that dies. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { GitSource } from '../../../git/git.ts'
import { failed, fetchElsewhere, leftIn, noise, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { kill } from '../../hub/kill-world.ts'
import { type Attack, attacks } from '../table.ts'

/** Only its form is that of a key. */
const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'c2VjcmV0'.repeat(20)}\n-----END OPENSSH PRIVATE KEY-----\n`

describe('attack: what opens private repositories', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const token = 'glpat-very-secret-token'
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  type Answer = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>
  const open = (answer: Answer) => openGitWorld(cleanup, { host: { answer } })
  const secret = (source: GitSource) => ({ ...source, credentials: { token } })

  /** Returns all files below a folder, with their contents. */
  async function filesBelow(folder: string): Promise<{ path: string; text: string; mode: number }[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return Promise.all(
      paths.map(async (path) => ({
        path,
        text: await readFile(path, 'latin1'),
        mode: (await stat(path)).mode & 0o777,
      })),
    )
  }

  /** Returns the arguments of every process of this machine. */
  async function allArguments(): Promise<string> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const lists = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''))
    return (await Promise.all(lists)).join('\n')
  }

  /** A host that takes connections and never says a word. */
  async function startSilent(): Promise<{ port: number; connected: Promise<Socket> }> {
    const { promise: connected, resolve } = Promise.withResolvers<Socket>()
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined).resume())
      resolve(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return { port: (server.address() as AddressInfo).port, connected }
  }

  const table: Attack[] = [
    {
      name: 'is a host that leads git to another one: the other one gets no token, and no connection',
      rule: 'git credentials',
      attempt: async () => {
        const other = await open(() => false)
        const world = await open((_request, response) => {
          response.writeHead(302, { location: `${other.host.url}/course.git/info/refs?service=git-upload-pack` }).end()
          return true
        })
        await failed(world.git.resolve(secret(world.source), { signal }))
        return [
          other.host.requests,
          world.host.requests.every(({ authorization }) => authorization === `Basic ${basic}`),
        ]
      },
      expected: [[], true],
    },
    {
      name: 'is another host, and asks for a name and a password: git sends none, and asks no one for them',
      rule: 'git credentials',
      attempt: async () => {
        const world = await open(() => false)
        const other = await open((_request, response) => {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="course"' }).end()
          return true
        })
        await world.course.commit({ a: '1' })
        await world.git.fetch(secret(world.source), { signal })
        await failed(other.git.fetch(other.source, { signal }))
        return other.host.requests.map(({ authorization }) => authorization)
      },
      expected: [undefined],
    },
    {
      name: 'reads the arguments of all processes, and all files of the mirrors, while git runs and after: there is no token',
      rule: 'git credentials',
      attempt: async () => {
        let list = ''
        let files = ''
        const folders: string[] = []
        const world = await open(async () => {
          list += await allArguments()
          for (const folder of folders) files += JSON.stringify(await filesBelow(folder))
          return false
        })
        folders.push(world.folder)
        await world.course.commit({ a: '1' })
        await world.git.fetch(secret(world.source), { signal })
        files += JSON.stringify(await filesBelow(world.folder))
        const has = (text: string) => text.includes(token) || text.includes(basic)
        return [
          list.includes(`${world.host.url}/course.git`),
          has(list),
          files.includes('repositoryformatversion'),
          has(files),
        ]
      },
      expected: [true, false, true, false],
    },
    {
      name: 'is a host that says in its answers what it was sent: neither error, detail, report nor log repeats it',
      rule: 'git credentials',
      attempt: async () => {
        const lines: string[] = []
        const results = []
        for (const status of [401, 403, 404, 500]) {
          const world = await open((request, response) => {
            response
              .writeHead(status, { 'content-type': 'text/plain' })
              .end(`you sent ${request.headers.authorization} ${token}\n`)
            return true
          })
          const report = (line: string) => void lines.push(line)
          const { message, detail } = await failed(world.git.fetch(secret(world.source), { signal, report }))
          results.push(message, detail ?? '', ...lines, ...world.log)
        }
        const told = results.join('\n')
        return [/you sent/.test(told), told.includes(token), told.includes(basic)]
      },
      expected: [true, false, false],
    },
    {
      name: 'writes a password into an address: no message repeats it',
      rule: 'git credentials',
      attempt: async () => {
        const world = await open(() => false)
        const urls = [
          `https://ann:${token}@127.0.0.1/x`,
          `https://${token}@127.0.0.1/x y`,
          `ssh://git:${token}@127.0.0.1/x`,
          `${token}@x@y:z`,
        ]
        const errors = await Promise.all(urls.map((url) => failed(world.git.resolve({ url }, { signal }))))
        return errors.filter(({ message, detail }) => `${message}${detail}`.includes(token)).length
      },
      expected: 0,
    },
    {
      name: 'names the repository of another course without its credentials, and a commit: the mirror tells nothing',
      rule: 'git credentials',
      attempt: async () => {
        const account = { user: 'x-access-token', token }
        const world = await openGitWorld(cleanup, { host: { account } })
        const commit = await world.course.commit({ a: '1' })
        await world.git.fetch(secret(world.source), { signal })
        const [file] = await world.git.list(secret(world.source), commit)
        const others: GitSource[] = [world.source, { ...world.source, credentials: { token: 'another' } }]
        const results = []
        for (const other of others) {
          results.push((await failed(world.git.fetch(other, { commit, signal }))).message.split('.')[4])
          results.push((await failed(world.git.list(other, commit))).message)
          results.push((await failed(world.git.read(other, file?.blob ?? ''))).message)
          results.push((await failed(Array.fromAsync(world.git.archive(other, commit)))).message)
        }
        return [...new Set(results.slice(1, 4)), results.slice(1, 4).join() === results.slice(5).join()]
      },
      expected: ['The commit is not here. Fetch it first.', 'The file is not here. Fetch its commit first.', true],
    },
    {
      name: 'kills the hub while ssh has the deploy key: ssh ends, and the next open removes the key, which only the hub could read',
      rule: 'leftovers',
      attempt: async () => {
        const world = await open(() => false)
        const { port, connected } = await startSilent()
        const credentials = { key, knownHosts: '127.0.0.1 ssh-ed25519 AAAA' }
        const child = fetchElsewhere(cleanup, world.folder, { url: `ssh://git@127.0.0.1:${port}/x`, credentials })
        const socket = await connected
        const ended = once(socket, 'close')
        const keys = (await filesBelow(world.folder)).filter(({ path }) => path.endsWith('/key'))
        await kill(child)
        await ended
        const left = await leftIn(world.folder)
        const next = world.open()
        await next.keep([])
        return [keys.map(({ mode, text }) => [mode, text === key]), left.length, await readdir(world.folder)]
      },
      expected: [[[0o600, true]], 1, []],
    },
    {
      name: 'kills the hub in the middle of a pack: git ends with it, and the next hub fetches and leaves nothing',
      rule: 'leftovers',
      attempt: async () => {
        let posts = 0
        const { promise: left, resolve } = Promise.withResolvers<void>()
        let child: ChildProcess | undefined
        const world = await open(({ method }, response) => {
          posts += method === 'POST' ? 1 : 0
          // The second one asks for the pack, of which only the beginning comes.
          if (method === 'GET' || posts !== 2 || child === undefined) return false
          response.once('close', resolve)
          response.setHeader('content-type', 'application/x-git-upload-pack-result')
          response.write('000dpackfile\n')
          void until(async () => (await filesBelow(world.folder)).length > 0).then(() => child && kill(child))
          return true
        })
        const commit = await world.course.commit({ a: noise(100_000) })
        child = fetchElsewhere(cleanup, world.folder, world.source)
        await left
        const before = await leftIn(world.folder)
        const { commit: found } = await world.open().fetch(world.source, { signal })
        return [before.length, found === commit, await leftIn(world.folder), posts > 2]
      },
      expected: [1, true, [], true],
    },
    {
      name: 'leaves a folder of a run that still goes on, in another process: no open takes it away',
      rule: 'leftovers',
      attempt: async () => {
        const world = await open(() => false)
        const { port, connected } = await startSilent()
        const child = fetchElsewhere(cleanup, world.folder, { url: `http://127.0.0.1:${port}/x` })
        await connected
        await world.open().keep([])
        const during = (await leftIn(world.folder)).length
        await kill(child)
        await until(async () => {
          await world.open().keep([])
          return (await leftIn(world.folder)).length === 0
        })
        return during
      },
      expected: 1,
    },
  ]
  attacks(table)
})
