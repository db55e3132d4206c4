import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { bundlesAtOnce } from '../../../../hub/api/bundles.ts'
import { serverToken } from '../../../../seats/keys.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onSqlite } from '../../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { createHttpBrowser, hubUrl, secrets, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { type Attack, attacks } from '../../table.ts'

/** Large enough that nobody's sockets hold all of it. */
const large = 8 * 2 ** 20

onSqlite('attack: a program and the bundles of the hub', (makeDatabase) => {
  let hub: TestHub
  let world: FakeServers
  let proceed: () => void
  let sockets: Socket[]
  const cleanup = cleanupAfterEach()
  beforeEach(async () => {
    sockets = []
    world = createFakeServers({ beforeStart: new Promise<void>((resolve) => (proceed = resolve)) })
    const files = (content: string) => ({ '/srv/course': { 'data.json': { content } } })
    hub = await startTestHub({
      database: await makeDatabase(),
      world,
      config: {
        hub: { url: hubUrl, port: 0, insecureHttp: true, internal: { port: 0 } },
        courses: {
          demo: { image: 'demo', files: files(randomBytes(large / 2).toString('hex')) },
          third: { image: 'third', files: files('of the third course') },
          plain: { image: 'plain' },
        },
      },
    })
    cleanup.defer(() => world.close())
    cleanup.defer(() => hub.stop())
    cleanup.defer(() => proceed())
    cleanup.defer(() => {
      for (const socket of sockets) socket.destroy()
    })
  })

  const open = async (course: string) => {
    const made = once(world.events, 'made')
    await hub.browser().open(`/tmplogin?course=${course}`)
    const [name] = await made
    const object = world.objects.get(name)
    const { server = '', run = 0 } = object ?? {}
    await until(async () => (await hub.db('servers').where({ id: server }).first('state')).state === 'starting')
    return { server, token: serverToken(secrets.keys.all[0], server, run), digest: object?.bundles[0]?.digest ?? '' }
  }
  const ask = async (path: string, token?: string, headers: Record<string, string> = {}, method = 'GET') =>
    createHttpBrowser(hub.internal ?? '').fetch(path, {
      method,
      headers: { ...(token !== undefined && { authorization: `token ${token}` }), ...headers },
    })
  const status = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status
  /** Begins to fetch a bundle and reads no further than its headers. */
  const hold = async (digest: string, token: string): Promise<number> => {
    const socket = connect(Number(new URL(hub.internal ?? '').port), '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write(`GET /hub/api/bundles/${digest} HTTP/1.1\r\nhost: hub\r\nauthorization: token ${token}\r\n\r\n`)
    const [first] = await once(socket, 'data')
    socket.pause()
    return Number(String(first).slice(9, 12))
  }

  const table: Attack[] = [
    {
      name: 'asks with its own token while it starts: it gets the files of its own start, and of no other',
      rule: 'bundles',
      attempt: async () => {
        const [mine, other, plain] = [await open('third'), await open('demo'), await open('plain')]
        const own = await ask(`/hub/api/bundles/${mine.digest}`, mine.token)
        return [
          [
            own.status,
            own.text.includes('of the third course'),
            own.headers['content-length'] === `${own.text.length}`,
          ],
          await status(`/hub/api/bundles/${other.digest}`, mine.token),
          await status(`/hub/api/bundles/${mine.digest}`, plain.token),
          await status(`/hub/api/bundles/${'0'.repeat(64)}`, mine.token),
        ]
      },
      expected: [[200, true, true], 404, 404, 404],
    },
    {
      name: 'asks with no token, a forged one, one of another run, or one of a person, proxy or culler: it gets nothing',
      rule: 'bundles',
      attempt: async () => {
        const { server, token, digest } = await open('third')
        const tokens = [
          undefined,
          `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
          serverToken(secrets.keys.all[0], server, 2),
          serverToken({ kid: 'k1', secret: Buffer.alloc(32, 9) }, server, 1),
          secrets.proxyToken,
          secrets.cullerToken,
        ]
        return Promise.all(tokens.map((one) => status(`/hub/api/bundles/${digest}`, one)))
      },
      expected: [403, 403, 403, 403, 403, 403],
    },
    {
      name: 'asks when it is ready, when it has stopped, or when its user is blocked: it gets nothing any more',
      rule: 'bundles',
      attempt: async () => {
        const { server, token, digest } = await open('third')
        const path = `/hub/api/bundles/${digest}`
        const row = () => hub.db('servers').where({ id: server })
        const seen = [await status(path, token)]
        const { user } = await row().first('user')
        await hub.db('users').where({ id: user }).update({ state: 'blocked' })
        seen.push(await status(path, token))
        await hub.db('users').where({ id: user }).update({ state: 'active' })
        proceed()
        await until(async () => (await row().first('state')).state === 'ready')
        seen.push(await status(path, token))
        for (const state of ['stopping', 'stopped', 'queued']) {
          await row().update({ state })
          seen.push(await status(path, token))
        }
        return seen
      },
      expected: [200, 403, 403, 403, 403, 403],
    },
    {
      name: 'asks at the pages’ address: there are no bundles',
      rule: 'bundles',
      attempt: async () => {
        const { token, digest } = await open('third')
        const headers = { authorization: `token ${token}` }
        const { status } = await createHttpBrowser(hub.address).fetch(`/hub/api/bundles/${digest}`, { headers })
        return status >= 400
      },
      expected: true,
    },
    {
      name: 'asks for paths in place of a digest, or with other methods: it gets nothing of the disk',
      rule: 'bundles',
      attempt: async () => {
        const { token, digest } = await open('third')
        const paths = ['..', '../carrel.sqlite', '..%2fcarrel.sqlite', '%2e%2e%2fcarrel.sqlite', `${digest}.tar`]
        const more = [`${digest}%00`, `x/../${digest}`, digest.toUpperCase(), `${digest}${digest}`, '']
        const asked = [...paths, ...more].map((path) => status(`/hub/api/bundles/${path}`, token))
        const others = ['POST', 'PUT', 'DELETE'].map((method) =>
          status(`/hub/api/bundles/${digest}`, token, {}, method),
        )
        return (await Promise.all([...asked.slice(0, 3)]))
          .concat(await Promise.all(asked.slice(3, 6)), await Promise.all(asked.slice(6)), await Promise.all(others))
          .filter((one) => ![400, 404, 405, 429].includes(one))
      },
      expected: [],
    },
    {
      name: 'asks for odd ranges: it gets the part that there is, or the whole, and never more',
      rule: 'bundles',
      attempt: async () => {
        const { token, digest } = await open('third')
        const path = `/hub/api/bundles/${digest}`
        const whole = await ask(path, token)
        const bytes = whole.text.length
        const tag = String(whole.headers.etag)
        const part = async (range: string, more: Record<string, string> = {}) => {
          const { status, text, headers } = await ask(path, token, { range, ...more })
          const [from] = String(headers['content-range'] ?? '').match(/\d+(?=-)/) ?? ['0']
          const isPart = status >= 400 || text === whole.text.slice(Number(from), Number(from) + text.length)
          return [status, status >= 400 ? 0 : text.length, isPart]
        }
        return [
          await part('bytes=0-9'),
          await part(`bytes=${bytes - 5}-`),
          await part('bytes=-7'),
          await part(`bytes=-${bytes * 9}`),
          await part(`bytes=0-${'9'.repeat(15)}`),
          await part(`bytes=${bytes}-`),
          await part('bytes=-0'),
          (await part('bytes=9-0'))[1] === bytes,
          (await part('bytes=0-1,5-6'))[1] === bytes,
          (await part('bytes=--1'))[1] === bytes,
          await part('bytes=5-9', { 'if-range': tag }),
          (await part('bytes=5-9', { 'if-range': '"other"' }))[1] === bytes,
        ]
      },
      expected: [
        [206, 10, true],
        [206, 5, true],
        [206, 7, true],
        [206, 2048, true],
        [206, 2048, true],
        [416, 0, true],
        [416, 0, true],
        ...[true, true, true],
        [206, 5, true],
        true,
      ],
    },
    {
      name: 'fetches its files many times at once and reads none: it has one place, and the others get theirs',
      rule: 'bundles',
      attempt: async () => {
        const [greedy, other] = [await open('demo'), await open('third')]
        const first = await hold(greedy.digest, greedy.token)
        const more = [await hold(greedy.digest, greedy.token), await hold(greedy.digest, greedy.token)]
        const theirs = await status(`/hub/api/bundles/${other.digest}`, other.token)
        sockets[0]?.destroy()
        await until(async () => (await status(`/hub/api/bundles/${greedy.digest}`, greedy.token)) === 200)
        return [first, more, theirs]
      },
      expected: [200, [429, 429], 200],
    },
    {
      name: 'asks and leaves at once, again and again: each time it gives its place back',
      rule: 'bundles',
      attempt: async () => {
        const { digest, token } = await open('demo')
        for (let round = 0; round < 3 * bundlesAtOnce.all; round += 1) {
          const socket = connect(Number(new URL(hub.internal ?? '').port), '127.0.0.1')
          await once(socket, 'connect')
          const head = `GET /hub/api/bundles/${digest} HTTP/1.1\r\nhost: hub\r\nauthorization: token ${token}\r\n\r\n`
          await new Promise<void>((written) => socket.write(head, () => written()))
          socket.destroy()
        }
        const seen = new Set<number>()
        await until(async () => {
          const answer = await status(`/hub/api/bundles/${digest}`, token)
          seen.add(answer)
          return answer === 200
        })
        return [...seen].filter((one) => ![200, 429].includes(one))
      },
      expected: [],
    },
    {
      name: 'is one of many runs that fetch at once and read nothing: the rest is told to come again, and pages are answered',
      rule: 'bundles',
      attempt: async () => {
        const all: Awaited<ReturnType<typeof open>>[] = []
        while (all.length <= bundlesAtOnce.all) all.push(await open('demo'))
        const answers: number[] = []
        for (const { digest, token } of all) answers.push(await hold(digest, token))
        const page = (await createHttpBrowser(hub.address).navigate('/hub/login')).status
        return [answers.filter((one) => one === 200).length, answers.at(-1), page]
      },
      expected: [bundlesAtOnce.all, 429, 200],
    },
  ]
  attacks(table)
})
