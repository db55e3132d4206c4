import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../helpers/fake-proxy.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, launchPageData, lmsUrl, secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openSchool, type School, schoolConfig } from '../access/guests/school.ts'

type Rules = NonNullable<ConfigInput['rules']>

onEachDatabase('settings by rules', (makeDatabase) => {
  let school: School
  afterEach(() => school.hub.stop())

  const open = async (rules: Rules, own: Rules = [], course: object = {}) => {
    const { courses = {} } = schoolConfig()
    const demo = { ...courses.demo, image: 'demo', ...course, rules: own }
    school = await openSchool(await makeDatabase(), { courses: { ...courses, demo }, rules })
  }
  /** Returns what the spawner has of the newest server of this user. */
  const objectOf = async (name: string) => {
    const rows = school.hub.db('servers').where({ user: await school.userId(name) })
    const { id } = await rows.orderBy('queued', 'desc').first('id')
    return [...school.hub.world.objects.values()].findLast(({ server }) => server === id)
  }
  const wordOf = async (name: string) => (await objectOf(name))?.env.WORD
  const enter = async (name: string, link = '/launch/demo') => {
    await (await school.as(name)).enter(link)
    return wordOf(name)
  }
  const newest = async (kind: string) =>
    (await school.hub.db('users').where({ kind }).orderBy('created', 'desc').first('name')).name
  const says = (when: Rules[number]['when'], word: string) => ({ when, env: { WORD: word } })
  const madeOfOf = async (name: string) => {
    const { made_of } = await school.hub
      .db('servers')
      .where({ user: await school.userId(name) })
      .first('made_of')
    return JSON.parse((await school.hub.db('definitions').where({ digest: made_of }).first('content')).content)
  }

  it('are chosen by the role, the group or the name of the owner, and the first that means the owner counts alone', async () => {
    await open(
      [
        says({ role: 'admin' }, 'admin'),
        says({ role: ['staff', 'learner'], name: 'nobody' }, 'never'),
        says({ role: 'staff' }, 'staff'),
        says({ name: ['carla', 'zoe'] }, 'name'),
        { when: { group: ['colleagues', 'tutors'], role: 'person' }, env: { WORD: 'group', OTHER: 'rule' } },
        says({ role: 'person' }, 'person'),
        says({ role: 'learner' }, 'learner'),
        says({}, 'rest'),
      ],
      [],
      { env: { WORD: 'course', OTHER: 'course' } },
    )
    const words: Record<string, unknown> = {}
    for (const name of ['root', 'grace', 'tina', 'zoe', 'carl', 'ben', 'otto']) words[name] = await enter(name)
    assert.deepEqual(words, {
      root: 'admin',
      grace: 'staff',
      tina: 'staff',
      zoe: 'name',
      carl: 'group',
      ben: 'person',
      // Staff of another course.
      otto: 'person',
    })
    assert.deepEqual([(await objectOf('carl'))?.env.OTHER, (await objectOf('ben'))?.env.OTHER], ['rule', 'course'])
    await school.hub.browser().enter('/launch/demo')
    assert.equal(await wordOf(await newest('temporary')), 'rest')
    const [browser, link] = [school.hub.browser(), '/ipythonExercice/demo/a/0123']
    const page = await browser.navigate(link, { referer: `${lmsUrl}/course`, 'sec-fetch-site': 'cross-site' })
    browser.setNonce()
    const posted = await browser.post('/hub/launches', { link, proof: launchPageData(page.text).proof })
    await browser.follow(posted.json().launch)
    assert.equal(await wordOf(await newest('learner')), 'learner')
  })

  it('of a course come before those of the site, and hold for its variants', async () => {
    await open([says({}, 'site')], [says({ role: 'staff' }, 'own')], {
      tags: { two: { image: 'y', open: 'everyone' } },
    })
    assert.deepEqual([await enter('grace'), await enter('ben')], ['own', 'site'])
    assert.equal(await enter('tina', '/launch/demo?tag=two'), 'own')
  })

  it('are what the run is made of, and reach the spawner', async () => {
    const settings = {
      limits: { memory: '8G' },
      gpu: true,
      options: { mounts: ['/solutions'] },
      cull: 'never' as const,
    }
    await open([], [{ when: { role: 'staff' }, ...settings }], {
      limits: { cpu: 1, memory: '1G' },
      options: { node: 'a', mounts: ['/data'] },
    })
    await enter('grace')
    const { limits, gpu, options, cull } = await madeOfOf('grace')
    const merged = { limits: { cpu: 1, memory: 2 ** 33 }, gpu: true, options: { node: 'a', mounts: ['/solutions'] } }
    assert.deepEqual({ limits, gpu, options, cull }, { ...merged, cull: 'never' })
    const spec = (await objectOf('grace'))?.spec
    assert.deepEqual({ limits: spec?.limits, gpu: spec?.gpu, options: spec?.options }, merged)
    await enter('ben')
    const ofLearner = (await objectOf('ben'))?.spec
    assert.deepEqual(
      { limits: ofLearner?.limits, gpu: ofLearner?.gpu, options: ofLearner?.options },
      { limits: { cpu: 1, memory: 2 ** 30 }, gpu: false, options: { node: 'a', mounts: ['/data'] } },
    )
  })

  it('are those of the owner where staff start the server, and where it starts again by itself', async () => {
    await open([says({ role: 'staff' }, 'staff'), says({ role: 'person' }, 'person')])
    const { hub } = school
    const before = await hub
      .db('servers')
      .where({ user: await school.userId('ann') })
      .first('run')
    const root = await tokenOf(await school.as('root'))
    const call = (method: string) =>
      hub.browser().fetch('/hub/api/users/ann/servers/demo', { method, headers: { authorization: `token ${root}` } })
    await call('DELETE')
    const state = async () =>
      (
        await hub
          .db('servers')
          .where({ user: await school.userId('ann') })
          .first('state')
      ).state
    await until(async () => (await state()) === 'stopped')
    assert.ok([201, 202].includes((await call('POST')).status))
    await until(async () => (await state()) === 'ready')
    assert.equal(await wordOf('ann'), 'person')
    const ann = await school.as('ann')
    // A launch while the server stops has it start again.
    let proceed = () => {}
    hub.world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    await call('DELETE')
    const launch = await ann.open('/launch/demo')
    proceed()
    assert.equal((await ann.follow(launch)).state, 'ready')
    const { run } = await hub
      .db('servers')
      .where({ user: await school.userId('ann') })
      .first('run')
    assert.deepEqual([run, await wordOf('ann')], [before.run + 2, 'person'])
  })

  it('reach a server at its next run, and no run that goes on', async () => {
    const [database, world, proxy] = [
      await makeDatabase(),
      createFakeServers(),
      await startFakeProxy(secrets.proxyToken),
    ]
    const config = (members: string[]) => ({
      groups: { tutors: ['tina'], colleagues: members },
      rules: [{ ...says({ group: 'colleagues' }, 'colleague'), cull: 'never' as const }, says({}, 'rest')],
    })
    school = await openSchool(database, config([]), { world, proxy })
    await school.hub.stop()
    school = await openSchool(database, config(['ann']), { world, proxy })
    assert.deepEqual([await wordOf('ann'), (await madeOfOf('ann')).cull, world.made.length], ['rest', undefined, 1])
    const headers = { authorization: `token ${await tokenOf(school.ann)}` }
    await school.hub.browser().fetch('/hub/api/users/ann/servers/demo', { method: 'DELETE', headers })
    await school.ann.enter('/launch/demo')
    assert.deepEqual([await wordOf('ann'), (await madeOfOf('ann')).cull, world.made.length], ['colleague', 'never', 2])
    await world.close()
    await proxy.stop()
  })

  it('change nothing of what servers are made of for whom there are none', async () => {
    await open([])
    const { made_of } = await school.hub.db('servers').first('made_of')
    const { content } = await school.hub.db('definitions').where({ digest: made_of }).first('content')
    const { options, cull } = JSON.parse(content)
    assert.deepEqual({ options, cull }, { options: {}, cull: undefined })
    const spec = (await objectOf('ann'))?.spec
    assert.ok(spec && !('options' in spec))
  })
})

async function tokenOf(browser: HttpBrowser): Promise<string> {
  const { text } = await browser.submit('/hub/token', { note: 'x', days: '1' })
  return /carrel-user-[\w-]{43}/.exec(text)?.[0] ?? ''
}
