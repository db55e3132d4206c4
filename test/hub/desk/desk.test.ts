import assert from 'node:assert/strict'
import { putBlobs } from '../../../hub/db/content/blobs.ts'
import { addVersion } from '../../../hub/db/content/versions.ts'
import { noteLimits } from '../../../hub/db/cullers.ts'
import { openNotebooks } from '../../../hub/db/servers/desks.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { cull, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { makeIdle, openDesk, type TestDesk } from './desk-world.ts'

const limits = { idleSeconds: 3600, maxAgeSeconds: 14_400, everySeconds: 300 }
const path = 'week1/intro.ipynb'

onEachDatabase('the API of the strip', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let hub: TestHub
  let world: FakeServers
  let desk: TestDesk
  let push: (title: string) => Promise<void>

  beforeEach(async () => {
    const content = await openContentWorld(cleanup)
    await content.course.commit({ [path]: notebook('Introduction') })
    world = createFakeServers({ files: {}, bytes: {}, changes: [] })
    const { demo } = content.config.courses
    const course = { ...demo, title: 'Introduction to data', contact: 'help@example.org' }
    const config = { ...content.config, courses: { demo: course } } as never
    hub = await startTestHub({ world, database: await makeDatabase(), config })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    await pullEnded(hub)
    push = async (title) => {
      await content.course.commit({ [path]: notebook(title) })
      const { id } = await pullEnded(hub)
      await hub.db('pulls').update({ due: 0 })
      await pullEnded(hub, id)
    }
    desk = await openDesk(hub, hub.browser(), `/launch/demo/${path}`)
  })

  const state = async (more: object = {}) => {
    const answer = await desk.ask('POST', 'state', { notebook: null, active: false, ...more })
    assert.equal(answer.status, 200, answer.text)
    return answer.json()
  }
  const lastActivity = async () => Number((await hub.db('activity').first('last_activity')).last_activity)
  const read = () => Buffer.from(world.behaviour.bytes?.[path] ?? '', 'base64').toString()
  const write = (text: string) =>
    Object.assign(world.behaviour.bytes ?? {}, { [path]: Buffer.from(text).toString('base64') })

  it('says the course, and the notebook if it is one of the course', async () => {
    const told = await state()
    const contactLink = 'mailto:help@example.org?subject=Introduction%20to%20data'
    const course = { name: 'demo', title: 'Introduction to data', contact: 'help@example.org', contactLink }
    assert.deepEqual([told.course, told.help], [course, null])
    assert.deepEqual([told.notebook, told.ends, told.memory, told.again], [null, null, null, 120])
    const known = { path, title: 'Introduction', version: '0.1', copy: true, mine: true, versions: 0 }
    const { version } = await hub.db('notebooks').first()
    assert.deepEqual((await state({ notebook: path })).notebook, { ...known, version, behind: false, offer: false })
    assert.deepEqual([...(await openNotebooks(hub.db, desk.server.id, 60_000))], [path])
    await push('Introduction, again')
    assert.partialDeepStrictEqual((await state({ notebook: path })).notebook, {
      title: 'Introduction, again',
      behind: true,
    })
    await hub.db('copies').delete()
    assert.partialDeepStrictEqual((await state({ notebook: path })).notebook, { copy: false, behind: false })
    for (const other of [
      'own.ipynb',
      '../week1/intro.ipynb',
      './week1/intro.ipynb',
      '/etc/passwd',
      'week1\\intro.ipynb',
    ])
      assert.equal((await state({ notebook: other })).notebook, null, other)
    const rows = await hub.db('desks').orderBy('path').pluck('path')
    assert.deepEqual(rows, ['', path])
  })

  it('says how much memory the server takes, and may take', async () => {
    world.memoryUsed.set(`${desk.server.id}-${desk.server.run}`, 150_000_000)
    assert.deepEqual((await state()).memory, { bytes: 150_000_000, limit: 2 ** 31 })
  })

  it('says the end, warns of it in time, and asks to be asked then', async () => {
    await noteLimits(hub.db, limits)
    await makeIdle(hub, desk.server, 600)
    const early = await state()
    assert.partialDeepStrictEqual(early.ends, { why: 'idle', warn: false, keep: true })
    assert.match(early.ends.says, /^stops in 50 minutes if nothing happens until then$/)
    assert.deepEqual([early.again, Math.abs(early.ends.seconds - 3000) < 60], [60, true])
    await makeIdle(hub, desk.server, 3270)
    const soon = (await state()).again
    assert.ok(soon >= 5 && soon <= 30, `asked again after ${soon} s`)
    assert.equal((await hub.db('desks').first()).warned, null)
    const at = await makeIdle(hub, desk.server, 3360)
    const late = await state()
    assert.match(late.ends.says, /^stops in 4 minutes because nothing has happened for 56 minutes$/)
    assert.deepEqual([late.ends.warn, late.again], [true, 20])
    const { warned, warned_of } = await hub.db('desks').first()
    assert.equal(Number(warned_of), at)
    await state()
    assert.equal((await hub.db('desks').first()).warned, warned, 'a warning stands from its begin')
    await makeIdle(hub, desk.server, 60)
    await hub.db('servers').update({ started: Date.now() - 14_300_000 })
    const old = (await state()).ends
    assert.partialDeepStrictEqual(old, { why: 'age', keep: false, warn: true })
    assert.match(old.says, /because no notebook server runs longer than 4 hours here$/)
  })

  it('is activity from a page in front of its learner, and none from a hidden one', async () => {
    const at = await makeIdle(hub, desk.server, 600)
    await state()
    await state({ notebook: path })
    assert.equal(await lastActivity(), at)
    await state({ active: true })
    const after = await lastActivity()
    assert.ok(after - at > 590_000)
    await state({ active: true })
    assert.equal(await lastActivity(), after, 'not written more than twice a minute')
  })

  it('keeps the server until the last moment, and never beyond its age', async () => {
    await noteLimits(hub.db, limits)
    const started = Date.now() - 13_000_000
    await hub.db('servers').update({ started })
    const at = await makeIdle(hub, desk.server, 3599)
    assert.equal((await state()).ends.warn, true)
    const { ends } = (await desk.ask('POST', 'keep', {})).json()
    assert.partialDeepStrictEqual(ends, { why: 'age', keep: false })
    assert.ok(Math.abs(ends.seconds - 1400) < 60)
    const { name } = await hub.db('users').first()
    const seen = { run: desk.server.run, last_activity: new Date(at).toISOString() }
    assert.equal((await cull(hub, 'DELETE', `/${name}/servers/demo`, seen)).json().error, 'changed')
    assert.equal((await cull(hub, 'DELETE', `/${name}/servers/demo`, { run: desk.server.run })).status, 202)
    await until(async () => (await hub.db('servers').first()).state === 'stopped')
    for (const rest of ['keep', 'state', 'support-code', 'reset'])
      assert.deepEqual(
        [(await desk.ask('POST', rest, {})).status, (await desk.ask('POST', rest, {})).json().error],
        [410, 'stopped'],
      )
  })

  it('is over for a stopped course’s servers and a blocked user, and goes on where a course is gone from the config', async () => {
    const { id } = await hub.db('users').first()
    await hub.db('servers').update({ course: 'gone' })
    assert.deepEqual((await state()).course, { name: 'gone', title: null, contact: null, contactLink: null })
    assert.equal((await desk.ask('GET', 'versions')).json().error, 'unknown_course')
    await hub.db('users').where({ id }).update({ state: 'blocked' })
    assert.equal((await desk.ask('POST', 'state', { notebook: null, active: true })).status, 403)
  })

  it('resets the notebook to the course’s, and keeps, shows, hands out and restores what was there', async () => {
    const mine = notebook('Mine', 'x'.repeat(30_000))
    write(mine)
    assert.deepEqual((await desk.ask('POST', 'reset', { path })).json(), { reload: true })
    assert.equal(read(), notebook('Introduction'))
    const { versions } = (await desk.ask('GET', `versions?path=${encodeURIComponent(path)}`)).json()
    const [{ number, at, ...kept }] = versions
    assert.deepEqual(kept, { path, size: mine.length })
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 600_000)
    assert.equal((await state({ notebook: path })).notebook.versions, 1)
    assert.deepEqual((await desk.ask('GET', 'versions?path=other.ipynb')).json(), { versions: [] })
    const file = await desk.ask('GET', `versions/${number}`)
    assert.equal(file.text, mine)
    assert.match(String(file.headers['content-disposition']), /^attachment; filename="intro.ipynb"/)
    assert.equal(file.headers['content-type'], 'application/octet-stream')
    const { cells } = (await desk.ask('GET', `versions/${number}/cells`)).json()
    assert.deepEqual(cells, [{ kind: 'markdown', source: `${'x'.repeat(20_000)}…` }])
    assert.deepEqual((await desk.ask('POST', `versions/${number}/restore`, {})).json(), { reload: true })
    assert.equal(read(), mine)
  })

  it('says why a version cannot be shown', async () => {
    const { authenticator, subject } = await hub.db('users').first()
    const owner = { account: `${authenticator}:${subject}`, course: 'demo' }
    const bytes = Buffer.from('no notebook')
    await hub.db.transaction(async (trx) => {
      await putBlobs(trx, [{ digest: 'a'.repeat(64), bytes }])
      await addVersion(trx, { ...owner, path, digest: 'a'.repeat(64), size: bytes.length })
    })
    const [{ number }] = (await desk.ask('GET', 'versions')).json().versions
    const { status, text } = await desk.ask('GET', `versions/${number}/cells`)
    assert.equal(status, 409)
    assert.match(JSON.parse(text).message, /^This version cannot be shown here: .+\. Download it to look at it\.$/)
  })

  it('has a support code', async () => {
    const { code, until } = (await desk.ask('POST', 'support-code', {})).json()
    assert.match(code, /^[0-9A-Z]{3}-[0-9A-Z]{3}$/)
    assert.ok(Date.parse(until) > Date.now() + 6 * 86_400_000)
    assert.equal((await desk.ask('POST', 'support-code', {})).json().code, code)
  })
})
