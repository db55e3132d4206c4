import { execFile } from 'node:child_process'
import { chmod, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../hub/people.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: the socket for commands', () => {
  let hub: TestHub
  let socket: string
  beforeEach(async () => {
    hub = await startTestHub({ config: { authenticators: visitorsAndPeople(), admins: ['root'] } })
    socket = join(hub.dataDir, 'admin.sock')
  })
  afterEach(() => hub.stop())

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<[number | undefined, unknown]>((resolve, reject) => {
      request({ socketPath: socket, path, method, headers }, async (answer) => {
        const text = (await answer.toArray()).join('')
        const isJson = /json/.test(answer.headers['content-type'] ?? '')
        resolve([answer.statusCode, isJson ? (JSON.parse(text).error ?? 'done') : text])
      })
        .on('error', reject)
        .end()
    })
  /** Tries to connect as another account, where the tests may become one. */
  const asOther = () =>
    new Promise<string>((resolve) => {
      const program = `require('net').connect(process.argv[1]).on('connect', () => { console.log('in'); process.exit() }).on('error', (e) => console.log(e.code))`
      const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
      if (account === undefined) return resolve('EACCES')
      execFile(process.execPath, ['-e', program, socket], { ...account, cwd: '/' }, (error, out) =>
        resolve(out.trim() || String(error)),
      )
    })

  const refused = [403, 'not_a_command']
  const table: Attack[] = [
    {
      name: 'another account of the machine opens it, in a folder that it can enter',
      rule: 'commands',
      attempt: async () => {
        await chmod(hub.dataDir, 0o755)
        return [(await stat(socket)).mode & 0o777, await asOther()]
      },
      expected: [0o600, 'EACCES'],
    },
    {
      name: 'a browser reaches it by a port that leads there',
      rule: 'commands',
      attempt: () =>
        Promise.all([
          ask('/hub/api/users', { origin: 'https://evil.example' }),
          ask('/hub/api/users', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }),
          ask('/hub/api/users', { cookie: 'carrel-session=x' }),
          ask('/hub/api/users', { referer: 'https://evil.example/' }),
        ]),
      expected: [refused, refused, refused, refused],
    },
    {
      name: 'a gateway leads clients there, and says who they are',
      rule: 'commands',
      attempt: () =>
        Promise.all([
          ask('/hub/api/users', { 'x-forwarded-for': '10.0.0.1' }),
          ask('/hub/api/users', { forwarded: 'for=10.0.0.1' }),
          ask('/hub/api/users', { 'x-carrel-proxy-auth': secrets.proxyToken }),
        ]),
      expected: [refused, refused, refused],
    },
    {
      name: 'asks it for pages, metrics, seats and tokens: it has none',
      rule: 'commands',
      attempt: async () => {
        const paths = [
          '/',
          '/hub/home',
          '/hub/admin',
          '/hub/login',
          '/hub/metrics',
          '/hub/api/routes',
          '/hub/api/users/x/tokens',
        ]
        return (await Promise.all(paths.map((path) => ask(path)))).map(([status]) => status)
      },
      expected: [404, 404, 404, 404, 404, 404, 404],
    },
    {
      name: 'asks the public listener as the operator does, without a token',
      rule: 'commands',
      attempt: async () => (await hub.browser().fetch('/hub/api/users', { headers: { host: 'localhost' } })).status,
      expected: 403,
    },
  ]
  attacks(table)
})
