/** Attacks on the keys that the hub keeps for private repositories: by those who name repositories, hold copies of the database, or are hosts. */
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { type GitHostOptions, startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories } from '../../helpers/git/repositories.ts'
import { missingSsh, startSshHost } from '../../helpers/git/ssh-host.ts'
import { requirePart } from '../../helpers/require.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { createRing } from '../../hub/git-keys/key-ring.ts'
import { dumpOf, keyPath, startKeysHub } from '../../hub/git-keys/world.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: the keys of private repositories', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const token = 'glpat-0123456789-secret'
  const isSecret = (text: string) =>
    text.includes('0123456789-secret') || text.includes(Buffer.from(`x-access-token:${token}`).toString('base64'))
  before(function () {
    requirePart(this, 'ssh', missingSsh)
  })

  async function startHost(options: Partial<GitHostOptions> = {}) {
    const repositories = await makeRepositories(cleanup)
    const course = await repositories.make('course')
    await course.commit({ Dockerfile: 'FROM fake\n' })
    const other = await repositories.make('other')
    await other.commit({ Dockerfile: 'FROM fake\n' })
    const host = await startGitHost(cleanup, { folder: repositories.folder, ...options })
    return {
      ...host,
      path: course.path,
      sent: () => host.requests.filter(({ authorization }) => authorization !== undefined),
    }
  }

  /** Returns a hub whose repository has the token, and the same one after the config names another address. */
  async function moveFrom(
    url: string,
    to: string,
    { requests }: Pick<Awaited<ReturnType<typeof startHost>>, 'requests'>,
  ) {
    const { url: database, remove } = await sqliteDatabase()
    cleanup.defer(remove)
    const first = await startKeysHub(cleanup, url, { database })
    await first.ask('PUT', keyPath, { token })
    await first.hub.stop()
    requests.length = 0
    return startKeysHub(cleanup, to, { database })
  }

  const table: Attack[] = [
    {
      name: 'changes the address to another host, port or protocol, which then asks for a password: it gets no token, and the page says why',
      rule: 'git keys',
      attempt: async () => {
        const own = await startHost()
        const hostile = await startHost({
          answer: (_request, response) => {
            response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
            return true
          },
        })
        const results = []
        for (const to of [`${hostile.url}/course.git`, `http://localhost:${own.port}/course.git`]) {
          const { ask, build } = await moveFrom(`${own.url}/course.git`, to, own)
          const why = await build()
          const problem = (await ask('GET', keyPath)).key?.problem ?? ''
          results.push([why === undefined, /is not used, and was not sent there/.test(problem)])
        }
        return [results, hostile.requests.length > 0, hostile.sent(), own.sent()]
      },
      expected: [
        [
          [false, true],
          [true, true],
        ],
        true,
        [],
        [],
      ],
    },
    {
      name: 'changes the path to another repository of the person who has given the token: it is not opened by it',
      rule: 'git keys',
      attempt: async () => {
        const host = await startHost({ account: { user: 'x-access-token', token } })
        const { build } = await moveFrom(`${host.url}/course.git`, `${host.url}/other.git`, host)
        return [(await build())?.includes('Either it is private'), host.sent()]
      },
      expected: [true, []],
    },
    {
      name: 'is a host that leads git to another one once it has the token: the other one gets no connection',
      rule: 'git keys',
      attempt: async () => {
        const hostile = await startHost()
        const own = await startHost({
          answer: ({ url }, response) => {
            response.writeHead(302, { location: `${hostile.url}${url}` }).end()
            return true
          },
        })
        const { ask, build } = await startKeysHub(cleanup, `${own.url}/course.git`)
        await ask('PUT', keyPath, { token })
        return [
          (await build())?.includes('says that the repository is elsewhere'),
          own.sent().length > 0,
          hostile.requests,
        ]
      },
      expected: [true, true, []],
    },
    {
      name: 'is in the middle, with another host key: no key is tried there, and both fingerprints are told',
      rule: 'git keys',
      attempt: async () => {
        const { path } = await startHost()
        const host = await startSshHost(cleanup)
        const { ask, build } = await startKeysHub(cleanup, `${host.url}${path}`)
        const { key } = await ask('POST', keyPath, { known_hosts: host.knownHosts() })
        await host.letIn(key?.public_key ?? '')
        await host.changeHostKey()
        const why = (await build()) ?? ''
        const asked = await host.asked().catch(() => 'nothing')
        return [/showed another host key/.test(why), new Set(why.match(/SHA256:[\w+/]{43}/g)).size, asked]
      },
      expected: [true, 2, 'nothing'],
    },
    {
      name: 'is the host at the first connection: without a confirmed fingerprint no key is tried there',
      rule: 'git keys',
      attempt: async () => {
        const { path } = await startHost()
        const host = await startSshHost(cleanup)
        const { ask, build } = await startKeysHub(cleanup, `${host.url}${path}`)
        const { key } = await ask('POST', keyPath, {})
        await host.letIn(key?.public_key ?? '')
        return [(await build())?.includes('is not confirmed yet'), host.connections()]
      },
      expected: [true, 0],
    },
    {
      name: 'reads the database, the logs, the log of the build and all answers: there is no token and no private key',
      rule: 'git keys',
      attempt: async () => {
        const host = await startHost({
          answer: ({ headers }, response) => {
            response.writeHead(403).end(`you sent ${headers.authorization} ${token}`)
            return true
          },
        })
        const { hub, ask, build, printed } = await startKeysHub(cleanup, `${host.url}/course.git`)
        const answers = [await ask('PUT', keyPath, { token }), await build(), await ask('GET', keyPath)]
        const all = [JSON.stringify(answers), await printed(), hub.log.join('\n'), await dumpOf(hub)]
        return [host.sent().length > 0, all.map(isSecret), all.some((text) => text.includes('git-key-set'))]
      },
      expected: [true, [false, false, false, false], true],
    },
    {
      name: 'has a copy of the database and other keys of an installation: the secret does not open',
      rule: 'git keys',
      attempt: async () => {
        const host = await startHost({ account: { user: 'x-access-token', token } })
        const { url: database, remove } = await sqliteDatabase()
        cleanup.defer(remove)
        const url = `${host.url}/course.git`
        const first = await startKeysHub(cleanup, url, { database })
        await first.ask('PUT', keyPath, { token })
        await first.hub.stop()
        host.requests.length = 0
        const thief = await startKeysHub(cleanup, url, {
          database,
          secrets: { ...secrets, keys: createRing('k1').keys },
        })
        const why = (await thief.build()) ?? ''
        return [/was sealed with the key k1 of this installation, which the hub has no more/.test(why), host.sent()]
      },
      expected: [true, []],
    },
    {
      name: 'may write in the database, and moves the row to another owner, or to an address of its own: the secret does not open',
      rule: 'git keys',
      attempt: async () => {
        const hostile = await startHost()
        const own = await startKeysHub(cleanup, `${(await startHost()).url}/course.git`)
        await own.ask('PUT', keyPath, { token })
        const row = await own.hub.db('git_keys').first()
        const { hub, ask, build } = await startKeysHub(cleanup, `${hostile.url}/course.git`)
        const results = []
        for (const change of [{ repository: `${hostile.url}/course` }, { kind: 'ssh' }, { owner: 'image:other' }]) {
          await hub.db('git_keys').delete()
          const moved = { ...row, repository: `${hostile.url}/course`, ...change }
          await hub.db('git_keys').insert({ ...moved, owner: 'image:python' })
          results.push((await build())?.includes('or the database was changed'))
        }
        return [results, (await ask('GET', keyPath)).key?.problem !== null, hostile.sent()]
      },
      expected: [[true, true, true], true, []],
    },
    {
      name: 'is a learner, a person, or a program without an admin’s token: no address about a key answers',
      rule: 'git keys',
      attempt: async () => {
        const host = await startHost()
        const { hub } = await startKeysHub(cleanup, `${host.url}/course.git`)
        const ann = hub.browser()
        await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
        const page = await ann.submit('/hub/token', { note: 'x', days: '1' })
        const own = /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
        const results = new Set<number>()
        for (const given of [own, secrets.cullerToken, secrets.proxyToken, 'x']) {
          const headers = { accept: 'application/json', authorization: `token ${given}` }
          for (const method of ['GET', 'PUT', 'POST', 'DELETE'])
            results.add((await hub.browser().fetch(keyPath, { method, headers })).status)
          results.add((await hub.browser().fetch(`${keyPath}/host`, { method: 'POST', headers })).status)
        }
        results.add((await ann.fetch(keyPath)).status)
        return [own !== '', [...results]]
      },
      expected: [true, [403]],
    },
    {
      name: 'has the hub ask an address inside for its host key: no connection is made',
      rule: 'git keys',
      attempt: async () => {
        const host = await startSshHost(cleanup)
        const { ask } = await startKeysHub(cleanup, `ssh://git@127.0.0.1:${host.port}/x`, { gitHosts: [] })
        const refused = await ask('POST', `${keyPath}/host`, {}).catch(String)
        return [/leads to an address that is not public/.test(String(refused)), host.connections()]
      },
      expected: [true, 0],
    },
  ]
  attacks(table)
})
