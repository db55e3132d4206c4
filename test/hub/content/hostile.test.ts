import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, counting, lastPull, notebook, openContentWorld, pullEnded } from './content-world.ts'

describe('the content of a course, from a repository that means harm', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let hub: TestHub
  let first: string

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
    first = await world.course.commit({ 'good.ipynb': notebook('Good') })
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    hub = await startTestHub({ database: database.url, config: world.config })
    cleanup.defer(() => hub.stop())
    await pullEnded(hub)
  })

  /** Brings what the repository has now, and returns how that has ended. */
  const pull = async () => {
    const last = (await lastPull(hub.db))?.id
    await hub.db('pulls').update({ settings: 'other' })
    return pullEnded(hub, last)
  }
  const problems = async () =>
    (await counting(hub.db)).content?.problems.map(({ file, message }) => `${file} ${message}`)

  it('has links out of its tree, which no index has', async () => {
    await world.course.commit({
      'passwd.ipynb': { link: '/etc/passwd' },
      'up.ipynb': { link: '../../../../etc/hostname' },
      'inside.ipynb': { link: 'good.ipynb' },
    })
    assert.equal((await pull()).state, 'pulled')
    assert.deepEqual((await counting(hub.db)).paths, ['good.ipynb'])
  })

  it('has names with control characters, which no index has, and names that differ in capitals only, which are told', async () => {
    await world.course.commitPaths(['good.ipynb', 'a\u0007b.ipynb', 'new\nline.ipynb', 'Same.ipynb', 'same.ipynb'])
    assert.equal((await pull()).state, 'pulled')
    assert.deepEqual((await counting(hub.db)).paths, ['Same.ipynb', 'good.ipynb', 'same.ipynb'])
    assert.match((await problems())?.join('\n') ?? '', /same\.ipynb|Same\.ipynb/)
    assert.match((await problems())?.join('\n') ?? '', /but for capitals/)
  })

  it('has more files than the hub takes, so that the commit before goes on to count', async () => {
    await world.course.commitPaths(Array.from({ length: 100_001 }, (_, at) => `${at % 100}/${at}.txt`))
    const { state, problem } = await pull()
    assert.equal(state, 'failed')
    assert.match(problem ?? '', /100000|100,000/)
    assert.equal((await counting(hub.db)).commit, first)
  })

  it('has more notebooks than the hub takes, and more files that may be some', async () => {
    await world.course.commitPaths(Array.from({ length: 5001 }, (_, at) => `${at % 100}/${at}.ipynb`))
    assert.match((await pull()).problem ?? '', /more than 5000 notebooks\. Split the course/)
    await world.course.commitPaths(Array.from({ length: 20_001 }, (_, at) => `${at % 100}/${at}.py`))
    assert.match((await pull()).problem ?? '', /20001 files that may be notebooks.*another repository/)
    assert.equal((await counting(hub.db)).commit, first)
  })

  it('has a notebook that is far too large', async () => {
    await world.course.commit({ 'huge.ipynb': Buffer.alloc(50 * 2 ** 20) })
    assert.match((await pull()).problem ?? '', /huge\.ipynb has 50 MB, which is more than 10 MB\. Clear its outputs/)
    assert.equal((await counting(hub.db)).commit, first)
  })

  it('has notebooks that cannot be read, or were made to take for ever, and the others count', async () => {
    const deep = `{"cells":[],"metadata":${'['.repeat(3_000_000)}`
    await world.course.commit({ 'deep.ipynb': deep, 'torn.ipynb': '{"cells": [', 'zero.ipynb': Buffer.alloc(1000) })
    assert.equal((await pull()).state, 'pulled')
    const rows = await hub.db('notebooks').orderBy('path').select('path', 'version')
    assert.deepEqual(rows.find(({ path }) => path === 'good.ipynb')?.version, '0.1')
    const told = (await problems())?.join('\n') ?? ''
    for (const name of ['deep', 'torn', 'zero']) assert.match(told, new RegExp(`${name}\\.ipynb`))
  })
})
