import assert from 'node:assert/strict'
import { endOf } from '../../../../hub/servers/health/ended.ts'
import type { ServerStatus } from '../../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'

type Exited = Extract<ServerStatus, { state: 'exited' }>

describe('the end of a run', () => {
  const GB = 2 ** 30
  const cases: [
    what: string,
    Omit<Exited, 'state'>,
    memory: number | undefined,
    failure: string | undefined,
    reason: string,
  ][] = [
    ['in order is no failure', { code: 0 }, GB, undefined, 'it ended by itself'],
    ['with a code is one', { code: 3 }, GB, "The notebook's program ended.", 'it failed'],
    ['of which nothing is known is one', {}, GB, "The notebook's program ended.", 'it failed'],
    [
      'in order, but not by itself, is one',
      { code: 0, reason: 'Evicted' },
      GB,
      "The notebook's program ended (Evicted).",
      'it failed',
    ],
    [
      'by a signal names it',
      { reason: 'killed by SIGKILL' },
      GB,
      "The notebook's program ended (killed by SIGKILL).",
      'it failed',
    ],
    [
      'for memory names the limit',
      { code: 137, outOfMemory: true },
      2 * GB,
      'The notebook needed more than the 2 GB of memory of this course, so it was ended. ',
      'it ran out of memory',
    ],
    [
      'for memory names a limit with a fraction',
      { code: 137, outOfMemory: true },
      1.5 * GB,
      'The notebook needed more than the 1.5 GB of memory of this course, ',
      'it ran out of memory',
    ],
    [
      'for memory names a small limit',
      { code: 137, outOfMemory: true },
      GB / 2,
      'The notebook needed more than the 512 MB of memory of this course, ',
      'it ran out of memory',
    ],
    [
      'for memory without a limit names none',
      { code: 137, outOfMemory: true },
      undefined,
      'The notebook needed more memory than there is, ',
      'it ran out of memory',
    ],
  ]
  for (const [what, status, memory, failure, reason] of cases) {
    it(what, () => {
      const end = endOf({ state: 'exited', ...status }, memory)
      assert.equal(end.reason, reason)
      assert.equal(end.failure?.slice(0, failure?.length), failure)
      assert.equal(end.failureDetail === undefined, failure === undefined)
    })
  }

  for (const line of ['OSError: [Errno 28] No space left on device', 'cp: write error: Disk quota exceeded']) {
    it(`says of “${line}” that no more files could be written`, () => {
      const { failure, failureDetail } = endOf({ state: 'exited', code: 1, lines: ['Traceback', line] }, GB)
      assert.match(
        failure ?? '',
        /^The notebook's program ended because no more files could be written: your files, or/,
      )
      assert.equal(failureDetail, `exit code 1\nTraceback\n${line}`)
    })
  }

  it('for memory says what the learner can do', () => {
    const { failure, failureDetail } = endOf({ state: 'exited', code: 137, outOfMemory: true, lines: ['Killed'] }, GB)
    assert.match(failure ?? '', /Work with less data at once.*ask your teacher for more memory\.$/)
    assert.equal(failureDetail, 'out of memory, exit code 137\nKilled')
  })
})

describe('a server that has ended', () => {
  const cleanup = cleanupAfterEach()
  const demo = '/tmplogin?course=demo'
  let world: FakeServers
  let hub: TestHub
  let browser: HttpBrowser
  beforeEach(async () => {
    world = createFakeServers()
    hub = await startTestHub({ world })
    cleanup.defer(() => world.close())
    cleanup.defer(() => hub.stop())
    browser = hub.browser()
    await browser.enter(demo)
  })

  const state = async () => (await hub.db('servers').first()).state
  const home = async () => (await browser.navigate('/hub/home')).text
  const lastOf = async (kind: string) => {
    const found = await hub.db('events').where({ kind }).orderBy('id', 'desc').first()
    return found && JSON.parse(found.detail)
  }
  /** Ends the program of the only server. */
  async function end(status: Exited): Promise<void> {
    const [object] = world.objects.values()
    assert.ok(object)
    object.status = status
    object.listener.closeAllConnections()
    await new Promise((resolve) => object.listener.close(resolve))
  }
  /** Opens the link again. Returns the page while the server starts, and resolves when it is ready. */
  async function comeBack(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>()
    world.behaviour.beforeStart = promise
    try {
      const launch = await browser.open(demo)
      await until(async () => (await state()) === 'starting')
      const { text } = await browser.navigate(`/hub/launches/${launch}`)
      resolve()
      assert.equal((await browser.follow(launch)).state, 'ready')
      return text
    } finally {
      resolve()
    }
  }

  const outOfMemory: Exited = { state: 'exited', code: 137, outOfMemory: true }

  it('for want of memory says so while the next one starts, and on the home page until that is stopped', async () => {
    await end(outOfMemory)
    assert.match(
      await comeBack(),
      /<p id="before" aria-live="polite" >The notebook needed more than the 2 GB of memory of this course, so/,
    )
    assert.match((await lastOf('failed')).failure, /^The notebook needed more than the 2 GB/)
    assert.equal((await lastOf('failed')).reason, 'it ran out of memory')
    assert.match(await home(), /Before that: The notebook needed more than the 2 GB/)
    await browser.submit(`/hub/servers/${(await hub.db('servers').first()).id}/stop`)
    await until(async () => (await state()) === 'stopped')
    assert.doesNotMatch(await home(), /Before that|after a problem|2 GB/)
  })

  it('tells nothing of a start that failed while the next one starts', async () => {
    await hub.db('servers').update({ state: 'failed', failure: 'There is no room left.', started: null, target: null })
    assert.match(await comeBack(), /<p id="before" aria-live="polite" hidden><\/p>/)
    assert.equal((await hub.db('servers').first()).failure, null)
  })

  it('in order is stopped, without a problem', async () => {
    await end({ state: 'exited', code: 0 })
    assert.match(await comeBack(), /<p id="before" aria-live="polite" hidden><\/p>/)
    assert.deepEqual(await lastOf('stopped'), { reason: 'it ended by itself' })
    assert.equal(await lastOf('failed'), undefined)
    assert.doesNotMatch(await home(), /problem|Before that/)
  })
})
