import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { createFakeImages, type FakeImages } from '../../../helpers/fakes/fake-images.ts'
import { secrets, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: the images that servers start from', () => {
  let database: TestDatabase
  let world: FakeServers
  let images: FakeImages
  let hub: TestHub

  beforeEach(async () => {
    database = await sqliteDatabase()
    images = createFakeImages()
    world = createFakeServers({}, images)
    const courses = { demo: { image: 'demo', staff: ['grace'] } }
    const config = { authenticators: visitorsAndPeople(), admins: ['root'], courses }
    hub = await startTestHub({ database: database.url, world, config })
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
    await database.remove()
  })

  const tokenOf = async (name: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    const made = await browser.submit('/hub/token', { note: 'x', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
  }
  const pull = async (token: string | undefined, body: string, headers: Record<string, string> = {}, path = '') => {
    const answer = await hub.browser().fetch(`/hub/api/images/pull${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `token ${token}` }), ...headers },
      body,
    })
    // What would be fetched is fetched by now.
    await sleep(0)
    return [answer.status, images.brought.flat().map(({ image }) => image)]
  }

  attacks([
    {
      name: 'is no admin, and lists images by the API',
      rule: 'images',
      attempt: async () => {
        const tokens = [undefined, 'x', await tokenOf('eve'), await tokenOf('grace'), secrets.cullerToken]
        const answers = tokens.map(async (token) => {
          const headers = token === undefined ? {} : { authorization: `token ${token}` }
          const answer = await hub.browser().fetch('/hub/api/images', { headers })
          return [answer.status, answer.text.includes('sha256')]
        })
        return Promise.all(answers)
      },
      expected: Array.from({ length: 5 }, () => [403, false]),
    },
    {
      name: 'is no admin, and has images fetched',
      rule: 'images',
      attempt: async () => {
        const tokens = [undefined, 'x', await tokenOf('eve'), await tokenOf('grace'), secrets.cullerToken]
        const answers = []
        for (const token of tokens) answers.push(await pull(token, '{}'))
        return answers
      },
      expected: Array.from({ length: 5 }, () => [403, []]),
    },
    {
      name: 'is an admin’s browser on a page of another site, and has images fetched by its cookie',
      rule: 'images',
      attempt: async () => {
        const browser = hub.browser()
        await browser.submit('/hub/login/local', { username: 'root', password: 'right' })
        const answer = await browser.fetch('/hub/api/images/pull', { method: 'POST', body: '{}' })
        return [answer.status, images.brought]
      },
      expected: [403, []],
    },
    {
      name: 'is an admin’s program, and names an image that no course has',
      rule: 'images',
      attempt: async () => {
        const token = await tokenOf('root')
        const bodies = [
          '{"images":["evil/image:1"]}',
          '{"image":"evil/image:1"}',
          '{"courses":["demo"],"images":["evil/image:1"]}',
          '{"courses":["evil/image:1"]}',
          '{"courses":[{"image":"evil/image:1"}]}',
          '{"courses":["__proto__"]}',
          '["evil/image:1"]',
        ]
        const answers = []
        for (const body of bodies) answers.push(await pull(token, body))
        return answers
      },
      expected: [400, 400, 400, 404, 400, 404, 400].map((status) => [status, []]),
    },
    {
      name: 'is an admin’s program, and names an image in the address: the courses’ own are fetched',
      rule: 'images',
      attempt: async () => pull(await tokenOf('root'), '{}', {}, '?image=evil/image:1&fromImage=evil/image:1'),
      expected: [200, ['demo']],
    },
  ])
})
