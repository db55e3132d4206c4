import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../../helpers/fakes/fake-builds.ts'
import { type HttpBrowser, secrets, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { visitorsAndPeople } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

const secretLine = 'the secret of the build'
const images = { python: { git: 'https://git.example.org/python' }, other: { git: 'https://git.example.org/other' } }

describe('attack: images that the hub builds', () => {
  let database: TestDatabase
  let world: FakeBuilds
  let hub: TestHub

  beforeEach(async () => {
    database = await sqliteDatabase()
    world = createFakeBuilds()
    world.progress = [{ line: `${secretLine} </pre><script>alert(1)</script>` }]
    const { git, builder } = fakeBuilds(world)
    hub = await startTestHub({
      database: database.url,
      config: {
        ...{ authenticators: visitorsAndPeople(), admins: ['root'], builds: { images, builder } },
        courses: { demo: { image: '@python', staff: ['grace'] }, hidden: { image: '@other', staff: ['otto'] } },
        ...{ servers: { url: 'https://*.nb.test' }, hub: { url: 'https://hub.test', port: 0 } },
        courseMaking: { by: ['mara'] },
        limits: { buildsPerUser: { burst: 3, perSecond: 0.001 } },
      },
      git,
    })
  })
  afterEach(async () => {
    await hub.stop()
    await database.remove()
  })

  const as = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' }, { origin: 'https://hub.test' })
    return browser
  }
  const tokenOf = async (name: string) => {
    const browser = await as(name)
    const made = await browser.submit('/hub/token', { note: 'x', days: '1' }, { origin: 'https://hub.test' })
    return /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
  }
  const build = async () => {
    const grace = await as('grace')
    await press(grace, '/hub/builds/python')
    await until(async () => (await hub.db('built')).length === 1)
  }
  const press = (browser: HttpBrowser, path: string, headers: Record<string, string> = {}, fields = {}) =>
    browser.submit(path, fields, { origin: 'https://hub.test', ...headers })
  /** Returns who makes a course of her own with the image of others. */
  const maker = async () => {
    const headers = { authorization: `token ${await tokenOf('mara')}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'own', definition: { image: '@python' } })
    const { status } = await hub.browser().fetch('/hub/api/courses', { method: 'POST', headers, body })
    return { mara: await as('mara'), status }
  }

  attacks([
    {
      name: 'is no admin, and asks the API for builds, their logs and their ends',
      rule: 'images',
      attempt: async () => {
        await build()
        const tokens = [undefined, 'x', await tokenOf('eve'), await tokenOf('grace'), secrets.cullerToken]
        const answers = []
        for (const token of tokens) {
          const headers = { accept: '*/*', ...(token !== undefined && { authorization: `token ${token}` }) }
          for (const [method, path] of [
            ['GET', ''],
            ['GET', '/python'],
            ['GET', '/python/log'],
            ['POST', '/python'],
            ['DELETE', '/python'],
          ] as const) {
            const { status, text } = await hub.browser().fetch(`/hub/api/builds${path}`, { method, headers })
            answers.push([status, text.includes(secretLine)])
          }
        }
        return [answers, (await hub.db('jobs')).length]
      },
      expected: [Array.from({ length: 25 }, () => [403, false]), 1],
    },
    {
      name: 'is a learner or staff of another course, and opens the page and the events of a build',
      rule: 'images',
      attempt: async () => {
        await build()
        const answers = []
        for (const name of ['eve', 'otto']) {
          const browser = await as(name)
          for (const path of ['/hub/builds/python', '/hub/builds/python/events', '/hub/builds/nothing']) {
            const { status, text } = await browser.navigate(path)
            answers.push([status, text.includes(secretLine)])
          }
          answers.push([(await press(browser, '/hub/builds/python')).status, (await hub.db('jobs')).length])
        }
        return answers
      },
      expected: Array.from({ length: 2 }, () => [
        ...[
          [403, false],
          [403, false],
          [403, false],
        ],
        [403, 1],
      ]).flat(),
    },
    {
      name: 'is a page of another site, and has a member of staff build and cancel',
      rule: 'images',
      attempt: async () => {
        const grace = await as('grace')
        const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
        const answers = [
          await press(grace, '/hub/builds/python', foreign),
          await press(grace, '/hub/builds/python/cancel', foreign),
        ]
        return [...answers.map(({ status }) => status), (await hub.db('jobs')).length]
      },
      expected: [403, 403, 0],
    },
    {
      name: 'makes a course with the image of others, and cancels their build or has all of it made anew',
      rule: 'images',
      attempt: async () => {
        const { mara, status } = await maker()
        world.midway = new Promise(() => undefined)
        await press(await as('grace'), '/hub/builds/python')
        const during = await mara.navigate('/hub/builds/python')
        const cancelled = await press(mara, '/hub/builds/python/cancel')
        const { state, cancelled_by } = await hub.db('jobs').first()
        await press(await as('grace'), '/hub/builds/python/cancel')
        await until(async () => (await hub.db('jobs').first('state')).state === 'failed')
        const after = await mara.navigate('/hub/builds/python')
        const anew = await press(mara, '/hub/builds/python', {}, { fresh: 'true' })
        const buttons = [
          />Cancel</.test(during.text),
          />Build it</.test(after.text),
          /Build all of it/.test(after.text),
        ]
        const ends = [cancelled.status, state === 'failed', cancelled_by, anew.status, (await hub.db('jobs')).length]
        return [status, during.status, buttons, ends]
      },
      expected: [201, 200, [false, true, false], [403, false, null, 403, 1]],
    },
    {
      name: 'asks for one build after the other, each of which leaves a line of history',
      rule: 'images',
      attempt: async () => {
        const { mara } = await maker()
        const answers = []
        for (let count = 0; count < 5; count += 1) {
          answers.push((await press(mara, '/hub/builds/python')).status)
          await until(async () => (await hub.db('jobs').whereNot({ state: 'built' })).length === 0)
        }
        return [answers, (await hub.db('events').where({ kind: 'image-build-asked' })).length]
      },
      expected: [[303, 303, 303, 429, 429], 3],
    },
    {
      name: 'follows a build and signs out, or loses the token: the stream ends before the build does',
      rule: 'images',
      attempt: async () => {
        let proceed = () => {}
        world.midway = new Promise<void>((resolve) => (proceed = resolve))
        const [grace, root] = [await as('grace'), await as('root')]
        await press(grace, '/hub/builds/python')
        const authorization = `token ${await tokenOf('root')}`
        const stays = root.navigate('/hub/builds/python/events')
        const streams = [
          grace.navigate('/hub/builds/python/events'),
          hub
            .browser()
            .fetch('/hub/api/builds/python/log', { headers: { accept: 'text/event-stream', authorization } }),
        ]
        await until(async () => (await hub.db('logs')).length > 0)
        await press(grace, '/hub/logout')
        await hub.db('tokens').delete()
        const told = await Promise.all(streams)
        const { state } = await hub.db('jobs').first('state')
        proceed()
        const whole = /"phase":"built"/.test((await stays).text)
        return [whole, told.map(({ status, text }) => [status, /"phase":"(built|failed)"/.test(text)]), state]
      },
      expected: [
        true,
        [
          [200, false],
          [200, false],
        ],
        'building',
      ],
    },
    {
      name: 'is a build that prints a page’s code: it stands there as text',
      rule: 'images',
      attempt: async () => {
        await build()
        const { text } = await (await as('grace')).navigate('/hub/builds/python')
        return [text.includes(secretLine), text.includes('<script>alert')]
      },
      expected: [true, false],
    },
    {
      name: 'clicks again and again while an image is built and after it has failed: it is built once',
      rule: 'images',
      attempt: async () => {
        world.buildError = Object.assign(new Error('no'), { name: 'BuildError' })
        const click = async () => {
          const browser = await as('eve')
          const headers = { origin: 'https://hub.test' }
          return (await browser.post('/hub/launches', { link: '/launch/demo' }, headers)).json().error
        }
        const begun = once(world.events, 'building')
        const first = await click()
        await begun
        await until(async () => (await hub.db('jobs').first('state')).state === 'failed')
        const later = []
        for (let count = 0; count < 10; count += 1) later.push(await click())
        await sleep(0)
        return [first, [...new Set(later)], world.asked]
      },
      expected: ['image_not_built', ['image_build_failed'], 1],
    },
    {
      name: 'is an admin’s program, and names a repository, a commit or a Dockerfile',
      rule: 'images',
      attempt: async () => {
        const token = await tokenOf('root')
        const bodies = ['{"git":"https://evil.example/x"}', '{"ref":"evil"}', '{"dockerfile":"FROM evil"}', '["x"]']
        const answers = []
        for (const body of bodies) {
          const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
          answers.push((await hub.browser().fetch('/hub/api/builds/python', { method: 'POST', headers, body })).status)
        }
        return [answers, (await hub.db('jobs')).length]
      },
      expected: [[400, 400, 400, 400], 0],
    },
  ])
})
