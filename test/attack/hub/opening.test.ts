import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdminApp } from '../../../hub/admin-app.ts'
import { createApp } from '../../../hub/app.ts'
import { beginMaintenance } from '../../../hub/db/installation.ts'
import { findServerOf } from '../../../hub/db/servers/servers.ts'
import { findUserByName } from '../../../hub/db/users.ts'
import { type Listener, listen } from '../../../hub/http/listen.ts'
import { entryVerbs } from '../../../hub/launch/parse.ts'
import { isFor } from '../../../hub/rights/opening.ts'
import { isAdmin, isStaff } from '../../../hub/rights/roles.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { createHttpBrowser, type HttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { people } from '../../hub/people.ts'
import { attacks } from '../table.ts'
import { targetsOf } from './targets.ts'

describe('attack: a user who wants to open a course that is not open to the user', () => {
  let parts: Parts
  let dir = ''
  let listener: Listener
  /** The socket for commands, here at a port. */
  let commands: Listener
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-opening-'))
    parts = await openParts(`sqlite:${dir}/hub.sqlite`)
    parts.hub.config.authenticators.push(people)
    parts.hub.config.admins.push('root')
    const [where, how] = [
      { ip: '127.0.0.1', port: 0 },
      { log: parts.hub.log, unanswered: 8 },
    ] as const
    listener = await listen(createApp(parts.hub), where, how)
    commands = await listen(createAdminApp(parts.hub), where, how)
  })
  afterEach(async () => {
    await listener.close()
    await commands.close()
    await parts.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const demo = () => {
    const { demo: course } = parts.hub.courses.all
    assert.ok(course)
    return course
  }
  const as = async (name: string) => {
    const browser = createHttpBrowser(listener.address)
    assert.equal((await browser.submit('/hub/login/local', { username: name, password: 'right' })).status, 303)
    return browser
  }
  const tokenOf = async (browser: HttpBrowser) =>
    /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0] ?? ''
  const ownServer = async () => {
    const ben = await findUserByName(parts.hub.db, 'ben')
    return ben && findServerOf(parts.hub.db, ben.id, 'demo')
  }
  const stopOwn = async () => {
    const server = await ownServer()
    if (server === undefined || server.state === 'stopped') return
    await until(async () => (await ownServer())?.state === 'ready')
    await stopServer(parts.hub, (await ownServer()) ?? server)
    await until(async () => (await ownServer())?.state === 'stopped')
  }

  /** Sends whatever could start ben's server to every address of the hub. Returns the addresses that have started it. */
  const tryAll = async ({ asAdmin = true } = {}): Promise<string[]> => {
    const ben = await as('ben')
    const tokens = [await tokenOf(ben), ...(asAdmin ? [await tokenOf(await as('root'))] : [])]
    const path = '/user/ben/demo/'
    const bodies = [{}, { link: '/launch/demo' }, { link: `/hub/restart?to=${path}`, confirmed: true }, { to: path }]
    const words = { name: 'ben', course: 'demo', server: 'demo', id: (await ownServer())?.id ?? 'none' }
    const links = [
      ...entryVerbs.map((verb) => `/${verb}/demo/a.ipynb/ben`),
      ...[`/tmplogin?course=demo`, '/launch/demo', `/hub/open?to=${path}`, `/hub/restart?to=${path}`, path],
      ...['/hub/spawn/ben/demo', '/hub/at/user/ben/demo/spawn', '/hub/at/demo/user-redirect/lab'],
    ]
    const targets = [...targetsOf(createApp(parts.hub), words), ...links.map((link) => ({ method: 'GET', path: link }))]
    const started = new Set<string>()
    for (const { method, path: address } of targets) {
      // Such an address ends the session or the account that the others need, or closes all courses.
      if (
        /logout|sign-out|\/hub\/admin|token|maintenance/.test(address) ||
        (method === 'DELETE' && !address.includes('/servers'))
      )
        continue
      for (const body of method === 'GET' || method === 'HEAD' ? [undefined] : bodies) {
        const before = parts.world.made.length
        if (method === 'GET') await ben.navigate(address)
        else if (body !== undefined) {
          await ben.post(address, body)
          await ben.submit(address, body as Record<string, string>)
        }
        for (const token of tokens)
          await createHttpBrowser(listener.address).fetch(address, {
            method,
            headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
            ...(body && { body: JSON.stringify(body) }),
          })
        if (asAdmin && address.startsWith('/hub/api/users'))
          await createHttpBrowser(commands.address).fetch(address, {
            method,
            headers: { 'content-type': 'application/json' },
            ...(body && { body: JSON.stringify(body) }),
          })
        const { state } = (await ownServer()) ?? { state: 'stopped' }
        if (parts.world.made.length > before || state !== 'stopped') started.add(`${method} ${address}`)
        await stopOwn()
      }
    }
    return [...started].sort()
  }

  attacks([
    {
      name: 'sends all that starts a server to every address of the hub, by cookie and by token',
      rule: 'opening',
      async attempt() {
        await (await as('ben')).enter('/launch/demo')
        await stopOwn()
        demo().open = ['ann']
        const refused = await tryAll()
        demo().open = 'everyone'
        return [refused, (await tryAll()).length > 8]
      },
      expected: [[], true],
    },
    {
      name: 'does the same at a course that has closed',
      rule: 'opening',
      async attempt() {
        await (await as('ben')).enter('/launch/demo')
        await stopOwn()
        demo().closes = '2020-01-06T08:00:00.000Z'
        return tryAll()
      },
      expected: [],
    },
    {
      name: 'does the same during maintenance, as no admin',
      rule: 'maintenance',
      async attempt() {
        await (await as('ben')).enter('/launch/demo')
        await stopOwn()
        await beginMaintenance(parts.hub.db, '')
        return tryAll({ asAdmin: false })
      },
      expected: [],
    },
    {
      name: 'has the name of a person, of a group or of staff as a temporary user or a learner',
      rule: 'opening',
      async attempt() {
        Object.assign(demo(), { open: ['ann', 'group:staff'], staff: ['ann', 'group:staff'] })
        parts.hub.config.groups.staff = ['ann', 'learner', 'temporary']
        const found: unknown[] = []
        for (const kind of ['temporary', 'learner'] as const) {
          const { id } = await parts.makeUser()
          await parts.hub.db('users').where({ name: 'ann' }).delete()
          await parts.hub.db('users').where({ id }).update({ name: 'ann', kind })
          const user = await findUserByName(parts.hub.db, 'ann')
          assert.ok(user)
          parts.hub.config.admins.push('ann')
          found.push(isFor(parts.hub, user, demo()), isStaff(parts.hub, user, demo()), isAdmin(parts.hub, user))
        }
        return found
      },
      expected: [false, false, false, false, false, false],
    },
  ])
})
