import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { type HttpBrowser, secrets, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from '../../../hub/content/content-world.ts'
import { visitorsAndPeople } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

const secretTitle = 'the secret of the exam'

describe('attack: the content of courses', () => {
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let hub: TestHub

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
    await world.course.commit({ 'exam.ipynb': notebook(secretTitle) })
    const { demo } = world.config.courses
    const courses = { demo: { ...demo, image: 'stats', staff: ['grace'] }, other: { image: 'stats', staff: ['otto'] } }
    hub = await startTestHub({
      config: {
        ...{ ...world.config, courses, authenticators: visitorsAndPeople(), admins: ['root'] },
        ...{ servers: { url: 'https://*.nb.test' }, hub: { url: 'https://hub.test', port: 0 } },
        courseMaking: { by: ['mara'], images: ['stats'] },
      },
    })
    cleanup.defer(() => hub.stop())
  })

  const tokenOf = async (name: string) => {
    const browser: HttpBrowser = hub.browser()
    const origin = { origin: 'https://hub.test' }
    await browser.submit('/hub/login/local', { username: name, password: 'right' }, origin)
    return /carrel-user-[\w-]{43}/.exec(
      (await browser.submit('/hub/token', { note: 'x', days: '1' }, origin)).text,
    )?.[0]
  }
  const call = (token: string | undefined, method: string, path: string, body?: unknown) =>
    hub.browser().fetch(`/hub/api/courses${path}`, {
      method,
      headers: { accept: '*/*', 'content-type': 'application/json', ...(token && { authorization: `token ${token}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

  attacks([
    {
      name: 'is a learner, staff of another course, or no one, and reads the content of a course, has it fetched or ends that',
      rule: 'course-content',
      attempt: async () => {
        await pullEnded(hub)
        const answers = []
        for (const token of [undefined, secrets.cullerToken, await tokenOf('eve'), await tokenOf('otto')]) {
          for (const [method, path] of [
            ['GET', '/demo/content'],
            ['POST', '/demo/pull'],
            ['DELETE', '/demo/pull'],
            ['GET', '/demo/pull/log'],
          ] as const) {
            const { status, text } = await call(token, method, path)
            answers.push([status === 403 || status === 404, text.includes(secretTitle) || text.includes(world.url)])
          }
        }
        return [answers, (await hub.db('jobs')).length]
      },
      expected: [Array.from({ length: 16 }, () => [true, false]), 1],
    },
    {
      name: 'makes a course, and names a repository at an address that is not public, or with a password in it',
      rule: 'course-content',
      attempt: async () => {
        await pullEnded(hub)
        const token = await tokenOf('mara')
        const answers = []
        for (const [name, git] of [
          ['meta', 'http://169.254.169.254/latest/meta-data.git'],
          ['local', 'http://localhost:1/course.git'],
          ['inside', 'https://10.0.0.1/course.git'],
        ] as const) {
          await call(token, 'POST', '', { name, definition: { image: 'stats', content: { git } } })
          const pull = await pullEnded(hub, 0, name)
          answers.push([pull.state, pull.commit === undefined])
        }
        const given = { image: 'stats', content: { git: 'https://ann:s3cret@git.example.org/x' } }
        const refused = await call(token, 'POST', '', { name: 'told', definition: given })
        const file = { image: 'stats', content: { git: 'file:///etc' } }
        const read = await call(token, 'POST', '', { name: 'read', definition: file })
        return [answers, refused.status, refused.text.includes('s3cret'), read.status]
      },
      expected: [
        [
          ['failed', true],
          ['failed', true],
          ['failed', true],
        ],
        ...[400, false, 400],
      ],
    },
  ])
})
