import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Course } from '../../../courses/course.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { findUser, type User } from '../../../hub/db/users.ts'
import { HttpError } from '../../../hub/errors.ts'
import type { Hub } from '../../../hub/hub.ts'
import { isSharer } from '../../../hub/rights/sharers.ts'
import { openSnapshots } from '../../../hub/snapshots/open.ts'
import { shareCopy } from '../../../hub/snapshots/share.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { openParts, type Parts } from '../parts.ts'

const path = 'mine.ipynb'
const page = { html: Buffer.from('page'), title: 'Mine' }

describe('a copy that is made beside those of others', () => {
  const cleanup = cleanupAfterEach()
  let parts: Parts
  let server: Server
  let user: User
  let course: Course
  /** What the thread was asked for: the pictures that each page was to have. */
  let rendered: string[][]

  beforeEach(async () => {
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    parts = await openParts(database.url)
    cleanup.defer(() => parts.stop())
    const files = { [path]: 'notebook', 'a.png': 'file', 'b.png': 'file' } as const
    Object.assign(parts.world.behaviour, { files, bytes: { 'a.png': 'aaaa', 'b.png': 'aaaa' } })
    const demo = parts.hub.courses.all.demo
    assert.ok(demo !== undefined)
    course = demo
    server = await parts.makeReady()
    await parts.hub.db('users').where({ id: server.user }).update({ kind: 'person' })
    user = (await findUser(parts.hub.db, server.user)) as User
    rendered = []
  })

  /** Shares, with a thread that answers with `made` once it is this user's turn. Returns how it ended. */
  async function share(
    made: { pictures: string[] } | undefined,
    turn: () => unknown = () => undefined,
  ): Promise<string> {
    const render: Hub['snapshots']['render'] = async ({ pictures }) => {
      await turn()
      rendered.push(Object.keys(pictures))
      return made && { ...page, ...made }
    }
    const hub = { ...parts.hub, snapshots: { ...parts.hub.snapshots, render } }
    return shareCopy(hub, server, { user, course, paths: [path] }).then(
      () => 'shared',
      (error: unknown) => (error instanceof HttpError ? error.code : String(error)),
    )
  }

  it('has its pictures however long it waited for the thread', async () => {
    const given: AbortController[] = []
    const timeout = mock.method(AbortSignal, 'timeout', () => {
      const over = new AbortController()
      given.push(over)
      return over.signal
    })
    const allTimesPass = () => given.forEach((over) => void over.abort())
    try {
      assert.equal(await share({ pictures: ['a.png', 'none.png'] }, allTimesPass), 'shared')
    } finally {
      timeout.mock.restore()
    }
    assert.deepEqual(rendered, [[], ['a.png']])
  })

  it('stays as it was where the server does not answer for a picture', async () => {
    assert.equal(await share({ pictures: [] }), 'shared')
    const before = await parts.hub.db('snapshots').first('digest', 'made')
    parts.world.events.on('asked', (name: string) => {
      const object = parts.world.objects.get(name)
      if (object?.asked.at(-1)?.address.includes('b.png') === true) object.listener.closeAllConnections()
    })
    assert.equal(await share({ pictures: ['a.png', 'b.png'] }), 'not_read')
    assert.deepEqual(await parts.hub.db('snapshots').select('digest', 'made'), [before])
  })

  it('costs five turns where it takes too long, and one otherwise', async () => {
    for (let times = 0; times < 2; times += 1) assert.equal(await share(undefined), 'not_shown')
    assert.equal(await share({ pictures: [] }), 'too_many')
    parts.hub.snapshots.shares = openSnapshots().shares
    for (let times = 0; times < 10; times += 1) assert.equal(await share({ pictures: [] }), 'shared')
    assert.equal(await share({ pictures: [] }), 'too_many')
  })

  it('waits without keeping others from looking at notebooks, one of a user and eight of all', async () => {
    const [turn, waits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { makes } = parts.hub.snapshots
    const first = share({ pictures: [] }, () => {
      waits.resolve()
      return turn.promise
    })
    await waits.promise
    assert.equal(await share({ pictures: [] }), 'too_many')
    assert.equal(parts.hub.limits.looks.fullOf([{ name: 'all', most: 1 }]), undefined)
    turn.resolve()
    assert.equal(await first, 'shared')
    for (let others = 0; others < 8; others += 1) makes.take([{ name: 'all', most: 8 }])
    assert.equal(await share({ pictures: [] }), 'too_many')
  })

  it('is tried once where it ends the thread', async () => {
    let threads = 0
    const count = () => {
      threads += 1
    }
    process.on('worker', count)
    const snapshots = openSnapshots()
    try {
      assert.equal(await snapshots.render({ path, bytes: undefined as never, pictures: {} }), undefined)
      assert.equal(threads, 1)
    } finally {
      process.off('worker', count)
      await snapshots.close()
    }
  })

  it('is of a person, and of a learner of an LMS where the site says so', () => {
    const sharers = (snapshots: Partial<Hub['config']['snapshots']>) => {
      const config = { ...parts.hub.config, snapshots: { ...parts.hub.config.snapshots, ...snapshots } }
      return (['person', 'learner', 'temporary'] as const).filter((kind) => isSharer({ config }, { kind }))
    }
    assert.deepEqual(sharers({}), ['person'])
    assert.deepEqual(sharers({ learners: true }), ['person', 'learner'])
    assert.deepEqual(sharers({ learners: true, enabled: false }), [])
  })
})
