import assert from 'node:assert/strict'
import { blobDigest } from '../../../hub/copies/bytes-at.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, lmsUrl, redeem, type TestHub } from '../../helpers/test-hub.ts'
import { notebook } from '../content/content-world.ts'
import { type CopiesWorld, openCopiesWorld } from './copies-world.ts'

const path = 'week1/intro.ipynb'
const link = `/launch/demo/${path}`

onSqlite('a learner’s copy, opened when the course has a newer notebook', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let copies: CopiesWorld
  let hub: TestHub
  let world: FakeServers
  let browser: HttpBrowser

  beforeEach(async () => {
    const courses = (demo: object) => ({ Python: { ...demo, embed: { ancestors: [lmsUrl] } }, demo })
    const files = { [path]: notebook('First', 'one') }
    copies = await openCopiesWorld(cleanup, { database: await makeDatabase(), files, courses })
    ;({ hub, world, browser } = copies)
  })

  const open = async (opened = link) => {
    const { ticket } = await browser.enter(opened, opened === link ? {} : { referer: `${lmsUrl}/`, framed: true })
    assert.equal((await redeem(hub, ticket)).status, 200)
  }
  const push = (title: string, text: string, course?: string) => copies.push({ [path]: notebook(title, text) }, course)
  const read = () => copies.read(path)
  const write = (text: string) => copies.write(path, text)
  /** Returns what Jupyter writes when a learner has run a notebook and changed nothing. */
  const run = (text: string) => {
    const ran = JSON.parse(notebook('First', text))
    ran.cells.push({ cell_type: 'code', metadata: {}, id: 'b', source: [], outputs: [], execution_count: null })
    return JSON.stringify(ran, null, 1)
  }
  const copy = () => hub.db('copies').where({ path }).first('commit', 'digest', 'changed')
  const versions = () => hub.db('versions')

  it('is the newer one where she has never saved it, and no version is kept', async () => {
    await open()
    const before = await copy()
    await push('Second', 'two')
    await open()
    assert.equal(read(), notebook('Second', 'two'))
    assert.notEqual((await copy()).commit, before.commit)
    assert.deepEqual([await versions(), await hub.db('swaps')], [[], []])
    assert.deepEqual(copies.names(), ['week1', path])
    world.behaviour.changes?.splice(0)
    await open()
    assert.deepEqual(world.behaviour.changes, [])
  })

  it('is the newer one where she has only run it, and a version is kept', async () => {
    await open()
    write(run('one'))
    await push('Second', 'two')
    await open()
    assert.equal(read(), notebook('Second', 'two'))
    assert.equal((await versions()).length, 1)
  })

  it('stays as she has changed it, which is noted, and follows when the change is undone', async () => {
    await open()
    write(run('my own words'))
    await push('Second', 'two')
    const { digest } = await hub.db('notebooks').where({ path, course: 'demo' }).first('digest')
    await open()
    assert.equal(read(), run('my own words'))
    assert.equal((await copy()).changed, digest)
    write(run('one'))
    await open()
    assert.equal(read(), notebook('Second', 'two'))
    assert.equal((await copy()).changed, null)
  })

  it('stays where she has declined the newer one, until there is another', async () => {
    await open()
    const kept = read()
    const declined = blobDigest(Buffer.from(notebook('Second', 'two')))
    await hub.db('copies').where({ path }).update({ declined })
    await push('Second', 'two')
    await open()
    assert.equal(read(), kept)
    await push('Third', 'three')
    await open()
    assert.match(read(), /three/)
  })

  it('stays where she saves it at the same moment', async () => {
    await open()
    await push('Second', 'two')
    world.behaviour.beforeChange = ({ method }) => {
      if (method === 'PUT') write(run('my own words'))
      return undefined
    }
    await open()
    assert.equal(read(), run('my own words'))
    assert.deepEqual(copies.names(), ['week1', path])
    assert.equal((await hub.db('swaps')).length, 0)
  })

  it('stays, and opens, where the server does not take another one', async () => {
    await open()
    await push('Second', 'two')
    for (const refused of ['PUT', 'PATCH']) {
      world.behaviour.beforeChange = ({ method }) => (method === refused ? 507 : undefined)
      await open()
      assert.equal(read(), notebook('First', 'one'))
    }
  })

  it('stays where it is too large to be looked at', async () => {
    await open()
    await push('Second', 'two')
    write('x'.repeat(25 * 2 ** 20))
    await open()
    assert.equal(read().length, 25 * 2 ** 20)
  })

  it('of megabytes is compared in a thread', async () => {
    await open()
    const ran = JSON.parse(run('one'))
    ran.cells[1].outputs = [{ output_type: 'stream', name: 'stdout', text: 'x'.repeat(2 ** 21) }]
    write(JSON.stringify(ran))
    await push('Second', 'two')
    await open()
    assert.equal(read(), notebook('Second', 'two'))
  })

  it('is the newer one in Studio’s preview whatever was done to it, and that is kept', async () => {
    const preview = '/ipythonExercice/Python/week1/intro.ipynb/student'
    await open(preview)
    write(run('the teacher tries something'))
    await push('Second', 'two', 'python')
    await open(preview)
    assert.equal(read(), notebook('Second', 'two'))
    assert.equal((await versions()).length, 1)
  })
})
