import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { endSeatsAt } from '../../../hub/db/seats/seats.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { missingPostgresql, postgresqlDatabase, sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { requirePart } from '../../helpers/require.ts'
import { createHttpBrowser, type HttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'
import { openDesk, type TestDesk } from './desk-world.ts'

const path = 'week 1/mine.ipynb'
/** A picture of one point. */
const point = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const cells = (...sources: string[]) =>
  JSON.stringify({
    ...{ nbformat: 4, nbformat_minor: 5, metadata: { notebookname: 'My sums' } },
    cells: sources.map((source) => ({ cell_type: 'markdown', metadata: {}, source })),
  })

for (const [databases, makeDatabase] of Object.entries({ SQLite: sqliteDatabase, PostgreSQL: postgresqlDatabase }))
  describe(`copies of notebooks that are shared by the strip, on ${databases}`, () => {
    const cleanup = cleanupAfterAll()
    let hub: TestHub
    let world: FakeServers
    /** A person for each test, with a pace of her own. */
    let ann: HttpBrowser
    let name: string
    let desk: TestDesk
    let persons = 0

    before(async function () {
      if (databases === 'PostgreSQL') requirePart(this, 'postgresql', missingPostgresql())
      const database = await makeDatabase()
      cleanup.defer(() => database.remove())
      world = createFakeServers()
      const courses = { demo: { image: 'demo', strip: true }, quiet: { image: 'quiet', strip: true, snapshots: false } }
      const config = { authenticators: [people], courses, snapshots: { days: 7, mostDays: 30, perUser: 2 } }
      hub = await startTestHub({ world, database: database.url, config: config as never })
      cleanup.defer(async () => {
        await hub.stop()
        await world.close()
      })
    })
    beforeEach(async () => {
      const files = { [path]: 'notebook', 'week 1/img.png': 'file' }
      Object.assign(world.behaviour, { files, bytes: { 'week 1/img.png': point }, changes: [] })
      write(cells('# Sums', '![a point](img.png) <script>alert(1)</script> <video src="x.mp4"></video>'))
      await hub.db('snapshots').delete()
      await hub.db('events').delete()
      persons += 1
      name = `ann${persons}`
      ann = hub.browser()
      await ann.submit('/hub/login/local', { username: name, password: 'right' })
      desk = await openDesk(hub, ann, '/launch/demo')
    })

    const write = (text: string, at = path) =>
      Object.assign(world.behaviour.bytes ?? {}, { [at]: Buffer.from(text).toString('base64') })
    const share = (body: object = { path }) => desk.ask('POST', 'share', body)
    const idOf = (url: string) => url.split('/').at(-1) ?? ''
    /** Asks for a page as a proxy does. */
    const read = (url: string, headers: Record<string, string> = {}) =>
      createHttpBrowser(hub.address).fetch(`/hub/api/snapshots/${idOf(url)}/page`, {
        headers: { authorization: `token ${secrets.proxyToken}`, accept: 'text/html', ...headers },
      })
    const shared = async (body?: object): Promise<{ url: string; until: string }> => {
      const answer = await share(body)
      assert.equal(answer.status, 200, answer.text)
      return answer.json()
    }

    it('are pages without script at a servers’ address, with the pictures beside the notebook', async () => {
      const { url, until } = await shared()
      assert.match(url, /^http:\/\/nb\.test\/_carrel\/snapshots\/[a-z2-7]{20}$/)
      assert.ok(Math.abs(new Date(until).getTime() - Date.now() - 7 * 86_400_000) < 3600_000)
      const { status, text, headers } = await read(url)
      assert.equal(status, 200)
      assert.match(
        text,
        /<title>My sums<\/title>[\s\S]*<header class="note">A copy to read, as this notebook was on \d{4}-/,
      )
      assert.match(text, /<h1[^>]*>Sums<\/h1>/)
      assert.ok(text.includes(`src="data:image/png;base64,${point}"`))
      assert.match(text, /Not shown here: a video that you see in the notebook itself/)
      assert.doesNotMatch(text, /<script|alert\(1/)
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none';.*style-src 'sha256-.*frame-ancestors 'none'; sandbox /,
      )
      const packed = await read(url, { 'accept-encoding': 'gzip' })
      assert.equal(packed.headers['content-encoding'], 'gzip')
      const known = await read(url, { 'if-none-match': String(headers.etag) })
      assert.deepEqual([known.status, known.text], [304, ''])
    })

    it('keep their address when they are shared again, with the new state and the new time', async () => {
      const first = await shared()
      const before = await read(first.url)
      write(cells('# Products'))
      const second = await shared({ path, days: 30 })
      assert.equal(second.url, first.url)
      assert.ok(second.until > first.until)
      const after = await read(first.url, { 'if-none-match': String(before.headers.etag) })
      assert.equal(after.status, 200)
      assert.match(after.text, /Products/)
      assert.equal((await hub.db('snapshots')).length, 1)
      assert.deepEqual(await hub.db('events').where({ kind: 'snapshot-made' }).pluck('course'), ['demo', 'demo'])
    })

    it('are as many as the site allows, and as long', async () => {
      for (const other of ['b.ipynb', 'c.ipynb']) {
        Object.assign(world.behaviour.files ?? {}, { [other]: 'notebook' })
        write(cells(other), other)
      }
      await shared()
      await shared({ path: 'b.ipynb' })
      const refused = async (body: object) => {
        const { status, text } = await share(body)
        return `${status} ${JSON.parse(text).error}`
      }
      assert.equal(await refused({ path: 'c.ipynb' }), '409 no_room')
      assert.equal((await share()).status, 200)
      assert.equal(await refused({ path, days: 31 }), '400 bad_days')
      assert.equal(await refused({ path: 'none.ipynb' }), '404 no_notebook')
      assert.equal(await refused({ path: '../b.ipynb' }), '404 no_notebook')
      write('{', 'b.ipynb')
      assert.equal(await refused({ path: 'b.ipynb' }), '409 no_notebook')
      assert.equal(await refused({ path, days: 1, more: 1 }), '400 bad_question')
      await hub.db('snapshots').update({ expires: 1 })
      await shared({ path: 'c.ipynb' })
    })

    it('are gone when their time is over, their owner is blocked, or the course has none', async () => {
      const { url } = await shared()
      const gone = async () => {
        const { status, text, headers } = await read(url)
        assert.match(text, /<h1>This copy is not there<\/h1>/)
        assert.match(String(headers['content-security-policy']), /sandbox/)
        assert.equal(headers.etag, undefined)
        return status
      }
      await hub.db('users').where({ name }).update({ state: 'blocked' })
      assert.equal(await gone(), 404)
      await hub.db('users').where({ name }).update({ state: 'active' })
      assert.equal((await read(url)).status, 200)
      await hub.db('snapshots').update({ course: 'quiet' })
      assert.equal(await gone(), 404)
      await hub.db('snapshots').update({ course: 'demo', expires: 1 })
      assert.equal(await gone(), 404)
    })

    it('are offered where the course has them, to persons', async () => {
      const offered = async (one: TestDesk) =>
        (await one.ask('POST', 'state', { notebook: path, active: false })).json().copies
      assert.deepEqual(await offered(desk), { days: 7, mostDays: 30 })
      const quiet = await openDesk(hub, ann, '/launch/quiet')
      assert.equal(await offered(quiet), null)
      assert.equal((await quiet.ask('POST', 'share', { path })).json().error, 'no_snapshots')
    })

    it('are listed, shared and deleted by programs of their owner', async () => {
      const { text } = await ann.submit('/hub/token', { note: 'x', days: '1' })
      const [token] = /carrel-user-[\w-]{43}/.exec(text) ?? []
      const call = (method: string, rest = '', body?: object) =>
        createHttpBrowser(hub.address).fetch(`/hub/api/snapshots${rest}`, {
          method,
          headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        })
      const made = await call('POST', '', { course: 'Demo', path, days: 1 })
      assert.equal(made.status, 201, made.text)
      const { id, url, user, course, title } = made.json()
      assert.deepEqual([user, course, title], [name, 'demo', 'My sums'])
      assert.equal((await read(url)).status, 200)
      const { copies } = (await call('GET')).json()
      assert.deepEqual(copies, [made.json()])
      assert.equal((await call('GET', '?course=demo')).status, 404)
      // PostgreSQL takes no NUL.
      Object.assign(world.behaviour.files ?? {}, { 'a\0.ipynb': 'notebook' })
      write(cells('# NUL'), 'a\0.ipynb')
      assert.equal((await call('POST', '', { course: 'demo', path: 'a\0.ipynb' })).json().error, 'no_notebook')
      assert.equal((await call('DELETE', `/${id}`)).status, 204)
      assert.equal((await read(url)).status, 404)
      assert.deepEqual((await call('GET')).json(), { copies: [] })
    })

    it('are not kept where the access of the one who shares ends while the page is made', async () => {
      // The server says nothing more before the access has ended.
      world.events.on('asked', function end(name: string) {
        const object = world.objects.get(name)
        if (object?.asked.at(-1)?.address.includes('mine.ipynb') !== true) return
        world.events.off('asked', end)
        object.busy = hub.db.transaction((trx) => endSeatsAt(trx, desk.server.id, [desk.user])).then(() => undefined)
      })
      const answer = await share()
      assert.deepEqual([answer.status, answer.json().error], [403, 'seat_ended'])
      assert.deepEqual([await hub.db('snapshots'), await hub.db('events').where({ kind: 'snapshot-made' })], [[], []])
    })

    it('are kept packed, and whole or not at all', async () => {
      await shared()
      const [row] = await hub.db('snapshots')
      assert.match(gunzipSync(Buffer.from(row.html)).toString(), /Sums/)
      assert.equal(row.size, row.html.length)
    })
  })
