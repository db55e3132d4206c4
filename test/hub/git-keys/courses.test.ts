import assert from 'node:assert/strict'
import { findGitKey } from '../../../hub/db/repositories/git-keys.ts'
import { tryKey } from '../../../hub/git-keys/try.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { making, startMakersHub } from '../courses/makers.ts'
import { dumpOf } from './world.ts'

const account = { user: 'x-access-token', token: 'glpat-0123456789-secret' }

onEachDatabase('the private repository of a course that people make', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  async function open() {
    const world = await openContentWorld(cleanup, { account })
    await world.course.commit({ 'a.ipynb': notebook('One') })
    const hub = await startMakersHub({
      database: await makeDatabase(),
      config: { git: world.config.git, courseMaking: { ...making, by: ['ann', 'eve'] } },
    })
    cleanup.defer(() => hub.stop())
    const ann = await hub.maker('ann')
    const make = (name: string) =>
      ann.ask('POST', '', {
        name,
        definition: { image: 'stats:3', staff: ['tim'], content: { git: world.url, pullMinutes: false } },
      })
    assert.equal((await make('Stats')).status, 201)
    return { ...world, hub, ann, make }
  }

  it('is opened by the token that its maker gives, and its other staff may do so too', async () => {
    const { hub, ann } = await open()
    const first = await pullEnded(hub, 0, 'stats')
    assert.match(first.problem ?? '', /Give a token for it/)
    const given = await ann.ask('PUT', '/Stats/key', { token: account.token })
    assert.deepEqual([given.status, given.json().key.set_by], [200, 'ann'])
    await ann.ask('POST', '/Stats/pull', {})
    assert.equal((await pullEnded(hub, first.id, 'stats')).state, 'pulled')
    const told = (await ann.ask('GET', '/Stats/key')).json()
    assert.ok(told.key.used !== null && told.key.problem === null)
    const tim = await hub.maker('tim')
    assert.equal((await tim.ask('GET', '/Stats/key')).json().key.set_by, 'ann')
    assert.equal((await tim.ask('DELETE', '/Stats/key')).json().key, null)
    const all = hub.log.join('\n') + (await dumpOf(hub)) + JSON.stringify(told)
    assert.doesNotMatch(all, /0123456789-secret/)
    const event = await hub.db('events').where({ kind: 'git-key-set' }).first()
    assert.deepEqual([event.course, JSON.parse(event.detail).owner], ['stats', 'course:stats'])
  })

  it('is asked also where a course names a whole commit of it', async () => {
    const { hub, ann, course } = await open()
    await ann.ask('PATCH', '/Stats', { set: { 'content.ref': await course.commit({ 'b.ipynb': notebook('Two') }) } })
    const wrong = (await ann.ask('PUT', '/Stats/key', { token: 'glpat-of-another-host' })).json()
    assert.deepEqual([wrong.key.used, wrong.key.failed === null], [null, false])
    const right = (await ann.ask('PUT', '/Stats/key', { token: account.token })).json()
    assert.deepEqual([right.key.used === null, right.key.failed], [false, null])
    const page = '/hub/my-courses/Stats/access'
    const pressed = await ann.browser.submit(`${page}/token`, { token: 'glpat-of-another-host', replaces: 'yes' })
    const { text } = await ann.browser.navigate(String(pressed.headers.location))
    assert.match(text, /It does not open the repository/)
    assert.doesNotMatch(hub.log.join('\n'), /another-host/)
  })

  it('is given also where the machine fails when it is tried', async () => {
    const { hub, url } = await open()
    const git = { resolve: () => Promise.reject(new Error('no space left on device')) }
    const broken = { db: hub.db, content: { git }, log: { warn() {} } }
    const target = { owner: 'course:stats', url, ref: undefined, course: 'stats' }
    assert.equal(await tryKey(broken as never, target as never), undefined)
  })

  it('does not exist for others who make courses', async () => {
    const { hub, ann } = await open()
    await ann.ask('PUT', '/Stats/key', { token: account.token })
    const eve = await hub.maker('eve')
    for (const [method, path] of [
      ['GET', '/Stats/key'],
      ['PUT', '/Stats/key'],
      ['POST', '/Stats/key'],
      ['DELETE', '/Stats/key'],
      ['POST', '/Stats/key/host'],
      ['PUT', '/Stats/key/host'],
      ['GET', '/Stats/hook'],
      ['POST', '/Stats/hook'],
      ['DELETE', '/Stats/hook'],
    ] as const)
      assert.equal((await eve.ask(method, path, {})).json().error, 'unknown_made_course', `${method} ${path}`)
  })

  it('keeps its token from other repositories to which its staff change the course', async () => {
    const { hub, ann, url, host } = await open()
    await ann.ask('PUT', '/Stats/key', { token: account.token })
    const tim = await hub.maker('tim')
    const last = await pullEnded(hub, 0, 'stats')
    const before = host.requests.length
    await tim.ask('PATCH', '/Stats', { set: { 'content.git': url.replace('course.git', 'other.git') } })
    assert.match(
      (await tim.ask('GET', '/Stats/key')).json().key.problem,
      /for http.*\/course, and the repository is .*other/,
    )
    await tim.ask('POST', '/Stats/pull', {})
    await pullEnded(hub, last.id, 'stats')
    const asked = host.requests.slice(before)
    assert.ok(asked.length > 0 && asked.every(({ authorization }) => authorization === undefined))
  })

  it('goes with the course, and no later course of the name has its token or its hook', async () => {
    const { hub, ann, make } = await open()
    await ann.ask('PUT', '/Stats/key', { token: account.token })
    await ann.ask('POST', '/Stats/hook', {})
    await ann.ask('DELETE', '/Stats', {})
    await hub.db('catalogue').update({ goes: 1 })
    await until(async () => (await hub.db('catalogue')).length === 0)
    assert.deepEqual([await hub.db('git_keys'), await hub.db('pull_hooks')], [[], []])
    // What a course of the config has left behind is no later maker's either.
    await hub.db('pull_hooks').insert({
      ...{ course: 'other', hash: 'x', kid: 'k1', sealed: 'x', signed: false, made_by: 'x', maker: 'x', made_at: 1 },
    })
    await hub.db('git_keys').insert({
      ...{ owner: 'course:other', repository: 'x', kind: 'token', kid: 'k1', sealed: 'x', set_by: 'x', setter: '' },
      set_at: 1,
    })
    assert.equal((await make('Other')).status, 201)
    assert.equal(await findGitKey(hub.db, 'course:other'), undefined)
    assert.deepEqual(await hub.db('pull_hooks'), [])
  })
})
