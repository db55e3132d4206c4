import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { Client } from 'undici'
import { type Culler, type CullerOptions, startCuller } from '../../culler/culler.ts'
import { cullerToken, type FakeHub, server, startFakeHub, user } from './fake-hub.ts'

describe('culler', () => {
  let hub: FakeHub
  let culler: Culler | undefined
  let lines: Record<string, unknown>[]
  let rounds: EventEmitter
  let folder: string
  let others: Server[]

  beforeEach(async () => {
    lines = []
    others = []
    rounds = new EventEmitter()
    folder = await mkdtemp(join(tmpdir(), 'carrel-culler-'))
    hub = await startFakeHub([])
  })
  afterEach(async () => {
    await culler?.stop()
    culler = undefined
    for (const other of others) other.close().closeAllConnections()
    await hub.stop()
    await rm(folder, { recursive: true })
  })

  /** Starts the culler, and waits for the end of its first round unless it is a dry run. */
  async function run(more: Partial<CullerOptions> = {}): Promise<void> {
    const ended = once(rounds, 'ended')
    culler = await startCuller({ hub: hub.url, token: cullerToken, everySeconds: 3600, log: logger(), ...more })
    if (!more.dryRun) await ended
  }

  function logger() {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        const line = JSON.parse(String(chunk))
        lines.push(line)
        if (/^round ended|^nothing was culled/.test(line.msg)) rounds.emit('ended')
        done()
      },
    })
    return pino({ level: 'debug' }, stream)
  }

  /** Starts another program, whose address the culler can get as the hub's. */
  async function serve(listener: RequestListener): Promise<string> {
    const other = createServer(listener)
    others.push(other)
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  }

  const calls = (start = '') => hub.requests.map(({ call }) => call).filter((call) => call.startsWith(start))
  const idle = { idle_seconds: 901 }

  it('stops idle servers, removes idle temporary users, and spares the rest', async () => {
    hub.users = [
      user('ann', { servers: { demo: server(idle), other: server() } }),
      user('bob', idle),
      user('busy', { ...idle, servers: { demo: server({ activity: 'active', reason: 'kernel 1 is busy' }) } }),
      user('person', { ...idle, temporary: false, servers: { demo: server(idle) } }),
    ]
    await run()
    assert.deepEqual(calls('DELETE').sort(), [
      'DELETE /hub/api/users/ann/servers/demo',
      'DELETE /hub/api/users/bob',
      'DELETE /hub/api/users/person/servers/demo',
    ])
    const { users, servers, serversRemoved, usersRemoved, changed, failed } = lines.at(-1) ?? {}
    assert.deepEqual([users, servers, serversRemoved, usersRemoved, changed, failed], [4, 4, 2, 1, 0, 0])
    assert.ok(
      lines.some(({ user, server, reason }) => user === 'ann' && server === 'demo' && /idle/.test(String(reason))),
    )
  })

  it('makes each removal conditional on the state that was listed', async () => {
    hub.users = [user('ann', { servers: { demo: server({ ...idle, run: 7 }) } }), user('bob', idle)]
    await run()
    const conditions = hub.requests.filter(({ call }) => call.startsWith('DELETE')).map(({ condition }) => condition)
    const last_activity = '2026-01-01T10:00:00.000Z'
    const reason = 'idle for 15 min, the limit is 15 min'
    assert.deepEqual(conditions, [{ run: 7, last_activity, reason }, { last_activity }])
  })

  it('counts a change since the list as no failure', async () => {
    hub.users = [user('ann', { servers: { demo: server(idle) } }), user('bob', idle)]
    hub.beforeRemoval = () => {
      for (const one of hub.users) {
        one.last_activity = 'now'
        for (const running of Object.values(one.servers)) running.last_activity = 'now'
      }
    }
    await run()
    assert.equal(lines.at(-1)?.changed, 2)
    assert.equal(lines.at(-1)?.failed, 0)
    assert.deepEqual(Object.keys(hub.users[0]?.servers ?? {}), ['demo'])
  })

  it('stops a server that is too old although it is in use at that moment', async () => {
    hub.users = [user('ann', { servers: { demo: server({ age_seconds: 14_400, activity: 'active', run: 3 }) } })]
    hub.beforeRemoval = () => {
      const running = hub.users[0]?.servers.demo
      if (running !== undefined) running.last_activity = 'now'
    }
    await run()
    assert.deepEqual(hub.requests.at(-1)?.condition, { run: 3, reason: '4 h old, the limit is 4 h' })
    assert.equal(lines.at(-1)?.serversRemoved, 1)
  })

  it('reads all pages before the first removal', async () => {
    hub.pageSize = 3
    hub.users = Array.from({ length: 10 }, (_, i) => user(`user-${i}`, idle))
    await run()
    assert.deepEqual(calls('GET'), [
      'GET /hub/api/users?offset=0&limit=200',
      'GET /hub/api/users?offset=3&limit=3',
      'GET /hub/api/users?offset=6&limit=3',
      'GET /hub/api/users?offset=9&limit=3',
    ])
    assert.equal(hub.users.length, 0)
  })

  it('escapes odd names in addresses', async () => {
    hub.users = [user('lms:edx:a/b?c', { servers: { 'c#.x': server(idle) } }), user('../ann', idle)]
    await run()
    assert.deepEqual(calls('DELETE').sort(), [
      'DELETE /hub/api/users/..%2Fann',
      'DELETE /hub/api/users/lms%3Aedx%3Aa%2Fb%3Fc/servers/c%23.x',
    ])
  })

  it('goes on when one removal fails', async () => {
    hub.users = Array.from({ length: 30 }, (_, i) => user(`user-${i}`, { servers: { demo: server(idle) } }))
    hub.failing.set('/hub/api/users/user-3/servers/demo', 500)
    await run()
    assert.equal(lines.at(-1)?.serversRemoved, 29)
    assert.equal(lines.at(-1)?.failed, 1)
    const warning = lines.find(({ level }) => level === 40)
    assert.equal(warning?.user, 'user-3')
    assert.match(String(warning?.problem), /the hub answered 500: This is made_to_fail/)
  })

  it('leaves a user alone whose entry it does not understand', async () => {
    const odd = { ...user('odd', idle), servers: { demo: { ...server(idle), activity: 'sleeping' } } }
    hub.users = [odd as never, user('ann', idle)]
    await run()
    assert.deepEqual(calls('DELETE'), ['DELETE /hub/api/users/ann'])
    assert.match(String(lines.find(({ level }) => level === 40)?.problem), /activity/)
  })

  it('leaves users alone when told to', async () => {
    hub.users = [user('ann', idle), user('bob', { servers: { demo: server(idle) } })]
    await run({ removeUsers: false })
    assert.deepEqual(calls('DELETE'), ['DELETE /hub/api/users/bob/servers/demo'])
  })

  it('makes at most ten calls at once', async () => {
    let open = 0
    let most = 0
    const answered = Promise.withResolvers<void>()
    const address = await serve((request, response) => {
      if (request.method === 'GET') {
        const items = Array.from({ length: 25 }, (_, i) => user(`user-${i}`, idle))
        response.end(JSON.stringify({ items, _pagination: { next: null } }))
        return
      }
      if (request.method === 'PUT') {
        response.writeHead(404).end()
        return
      }
      most = Math.max(most, ++open)
      if (open === 10) setImmediate(() => answered.resolve())
      answered.promise.then(() => {
        open--
        response.writeHead(204).end()
      })
    })
    await run({ hub: address })
    assert.equal(most, 10)
    assert.equal(lines.at(-1)?.usersRemoved, 25)
  })

  it('works over a unix socket', async () => {
    await hub.stop()
    hub = await startFakeHub([user('ann', idle)], { socket: join(folder, 'hub.sock') })
    await run()
    assert.deepEqual(hub.users, [])
  })

  it('warns while the hub does not answer, and goes on when it answers again', async () => {
    const socket = join(folder, 'hub.sock')
    await run({ hub: `unix+http://${encodeURIComponent(socket)}`, everySeconds: 0.05 })
    assert.equal(lines.at(-1)?.level, 40)
    assert.match(String(lines.at(-1)?.problem), /the hub at unix.* did not answer/)
    const back = await startFakeHub([user('ann', idle)], { socket })
    try {
      while (lines.at(-1)?.msg !== 'round ended') await once(rounds, 'ended')
      assert.deepEqual(back.users, [])
    } finally {
      await culler?.stop()
      await back.stop()
    }
  })

  it('says what to do when the hub refuses its token, and never prints the token', async () => {
    const token = 'another-token-0123456789-0123456789'
    await run({ token })
    assert.match(String(lines.at(-1)?.problem), /both need the same CARREL_CULLER_TOKEN/)
    assert.ok(!JSON.stringify(lines).includes(token))
  })

  const oddAnswers: [string, string, RegExp][] = [
    ['a page of something else', '<html>', /is this the address of a hub/],
    ['a list without pages', '[]', /is this the address of a hub/],
    ['a list that does not end', '{"items":[],"_pagination":{"next":{"offset":0,"limit":5}}}', /does not end/],
    ['more than it can hold', `{"items":["${'x'.repeat(17 * 2 ** 20)}"]}`, /did not answer/],
  ]
  for (const [what, body, problem] of oddAnswers) {
    it(`removes no user when the hub answers with ${what}`, async () => {
      await run({ hub: await serve((_, response) => response.end(body)) })
      assert.match(String(lines.at(-1)?.problem), problem)
    })
  }

  it('gives up on a hub that does not answer', async () => {
    await run({ hub: await serve(() => undefined), forTests: { requestTimeoutSeconds: 0.05 } })
    assert.match(String(lines.at(-1)?.problem), /took too long/)
  })

  it('sends its token to no other address', async () => {
    const asked: (string | undefined)[] = []
    const address = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/other' }).end()
    })
    await run({ hub: address })
    assert.match(String(lines.at(-1)?.problem), /answered 302/)
    assert.deepEqual(asked, ['/hub/api/culler', '/hub/api/users?offset=0&limit=200'])
  })

  it('ends a round that is under way when it is stopped, once or twice', async () => {
    const asked = Promise.withResolvers<void>()
    const address = await serve(() => asked.resolve())
    const started = await startCuller({ hub: address, token: cullerToken, log: logger() })
    await asked.promise
    await Promise.all([started.stop(), started.stop()])
    await started.stop()
    assert.deepEqual(lines, [])
  })

  it('has the defaults of MIT: idle 900 s, age 4 h, and users too', async () => {
    hub.users = [
      user('just-idle-enough', { idle_seconds: 900 }),
      user('not-yet', { idle_seconds: 899 }),
      user('old', { servers: { demo: server({ age_seconds: 14_400 }), young: server({ age_seconds: 14_399 }) } }),
    ]
    await run()
    assert.deepEqual(calls('DELETE').sort(), [
      'DELETE /hub/api/users/just-idle-enough',
      'DELETE /hub/api/users/old/servers/demo',
    ])
  })

  describe('dry run', () => {
    it('prints each decision and why, and removes nothing', async () => {
      const printed: string[] = []
      hub.users = [
        user('ann', { servers: { demo: server(idle), old: server({ age_seconds: 20_000, activity: 'active' }) } }),
        user('bob', idle),
        user('o\ndd', { temporary: false }),
      ]
      await run({ dryRun: true, forTests: { print: (line) => void printed.push(line) } })
      assert.deepEqual(printed, [
        'stop    server  ann demo: idle for 15 min, the limit is 15 min',
        'stop    server  ann old: 5 h 33 min old, the limit is 4 h',
        'keep    user    ann: has a server',
        'remove  user    bob: idle for 15 min, the limit is 15 min',
        'keep    user    o?dd: is no temporary user',
      ])
      assert.deepEqual(calls('DELETE'), [])
      assert.equal(calls('GET').length, 1)
    })

    it('fails when the hub does not answer', async () => {
      await hub.stop()
      await assert.rejects(run({ dryRun: true, forTests: { print: assert.fail } }), /did not answer/)
    })
  })

  describe('one round', () => {
    it('removes what is to go, and is over', async () => {
      hub.users = [user('bob', idle)]
      await run({ once: true })
      assert.deepEqual([calls('DELETE'), calls('GET').length], [['DELETE /hub/api/users/bob'], 1])
      assert.equal(lines.at(-1)?.msg, 'round ended')
    })

    it('fails when the hub does not answer', async () => {
      await hub.stop()
      await assert.rejects(
        startCuller({ hub: hub.url, token: cullerToken, log: logger(), once: true }),
        /did not answer/,
      )
    })
  })

  describe('health', () => {
    it('reports time and result of the last round', async () => {
      hub.users = [user('ann', idle)]
      const before = Date.now()
      await run({ health: { port: 0 } })
      const answer = await fetch(culler?.healthUrl ?? '')
      assert.equal(answer.status, 200)
      const { status, last_round } = (await answer.json()) as { status: string; last_round: Record<string, unknown> }
      assert.equal(status, 'ok')
      assert.equal(last_round.users_removed, 1)
      const ended = Date.parse(String(last_round.ended))
      assert.ok(ended >= before && ended <= Date.now(), `${ended - before} ms later`)
      assert.equal((await fetch(new URL('/other', culler?.healthUrl))).status, 404)
      assert.equal((await fetch(culler?.healthUrl ?? '', { method: 'POST' })).status, 405)
    })

    it('reports that the hub does not answer, with status 200', async () => {
      const socket = join(folder, 'health.sock')
      await hub.stop()
      await run({ health: { socket } })
      const client = new Client('http://localhost', { connect: { socketPath: socket } })
      const answer = await client.request({ method: 'GET', path: '/health' })
      assert.equal(answer.statusCode, 200)
      assert.equal(((await answer.body.json()) as { status: string }).status, 'hub_away')
      await client.close()
    })

    it('does not start on a taken port, and leaves nothing behind', async () => {
      const { port, hostname } = new URL(hub.url)
      const health = { port: Number(port), ip: hostname }
      await assert.rejects(startCuller({ hub: hub.url, token: cullerToken, log: logger(), health }), /EADDRINUSE/)
      assert.deepEqual(hub.requests, [])
    })
  })

  it('removes its socket when it is stopped, so that another culler can use the path', async () => {
    const socket = join(folder, 'health.sock')
    for (let time = 1; time <= 2; time += 1) {
      await run({ health: { socket } })
      await Promise.all([culler?.stop(), culler?.stop()])
      await assert.rejects(access(socket), { code: 'ENOENT' })
    }
  })

  it('refuses invalid settings', async () => {
    const options = { hub: 'http://127.0.0.1:8081', token: cullerToken, log: logger() }
    const wrong: [object, RegExp][] = [
      [{ token: 'short' }, /CARREL_CULLER_TOKEN/],
      [{ hub: 'http://127.0.0.1:8081/hub' }, /looks like/],
      [{ hub: 'http://ann:secret@127.0.0.1' }, /looks like/],
      [{ everySeconds: 0 }, /everySeconds/],
      [{ idleSeconds: -1 }, /idleSeconds/],
      [{ maxAge: 5 }, /maxAge/],
    ]
    for (const [setting, message] of wrong) {
      await assert.rejects(startCuller({ ...options, ...setting } as CullerOptions), message)
    }
  })
})
