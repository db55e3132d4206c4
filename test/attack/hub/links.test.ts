/** Attacks by what links say of files: a fresh copy that deletes work, and folders that a server makes up. */
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { launchPageData, lmsUrl, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type Attack, attacks } from '../table.ts'
import { mostMilliseconds } from '../wire/thread-cost.ts'

const pattern = 'https://*.fun-mooc.test'
const exercise = '/ipythonExercice/python/a.ipynb/ann'

describe('attack: links and the files that they name', () => {
  const world = createFakeServers()
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({
      world,
      config: {
        spawner: forgetfulSpawner(world),
        authenticators: [
          temporary(),
          lms({ issuer: 'edx', courses: ['python'], pages: ['https://lms.fun-mooc.test', lmsUrl], signed: false }),
        ],
        courses: { demo: { image: 'demo' }, python: { image: 'python' } },
        embed: { ancestors: [pattern, lmsUrl] },
        limits: { serversPerUser: 1 },
      },
    })
  })
  after(async () => {
    await hub.stop()
    await world.close()
  })

  /** Returns whether a page of this site proves who a link's learner is. */
  const proves = async (origin: string) =>
    launchPageData((await hub.browser().navigate(exercise, { referer: `${origin}/x` })).text).proof !== ''

  const table: Attack[] = [
    ...[
      'https://fun-mooc.test',
      'https://evilfun-mooc.test',
      'https://lms.fun-mooc.test.evil.example',
      'https://other.fun-mooc.test',
      'https://a.lms.fun-mooc.test',
      'http://lms.fun-mooc.test',
      'https://lms.fun-mooc.test:8443',
    ].map(
      (origin): Attack => ({
        name: `has a page of ${origin} name a learner, where ${pattern} may frame and lms.fun-mooc.test identifies`,
        rule: 'identity',
        attempt: async () => [await proves(origin), await proves('https://lms.fun-mooc.test')],
        expected: [false, true],
      }),
    ),
    ...['?forcecopy=1', '?forcecopy=true&forcecopy2', '?x=1&%66orcecopy=x'].map(
      (query): Attack => ({
        name: `links to a fresh copy with ${query} from another site: nothing is stopped before a button is pressed`,
        rule: 'by hand',
        attempt: async () => {
          const browser = hub.browser()
          await browser.enter('/launch/demo')
          const stops = world.stops.length
          const answers = [
            await browser.navigate(`/launch/demo${query}`, { 'sec-fetch-site': 'cross-site' }),
            await browser.post('/hub/launches', { link: `/launch/demo${query}` }),
            await browser.post('/hub/launches', { link: `/launch/demo${query}`, confirmed: true }),
            await browser.navigate(`/hub/choice?link=${encodeURIComponent(`/launch/demo${query}`)}&stop=demo`),
            await browser.submit(
              '/hub/choice',
              { link: '/launch/demo', stop: 'demo' },
              { 'sec-fetch-site': 'cross-site' },
            ),
          ]
          return [answers.map(({ status }) => status), world.stops.length - stops]
        },
        expected: [[303, 409, 409, 200, 403], 0],
      }),
    ),
    {
      name: 'frames the page about a course that is not there, for an LMS’s learner: only pages of an LMS and of courses show it, and nothing on it can be pressed',
      rule: 'framing',
      attempt: async () => {
        const browser = hub.browser()
        await browser.enter('/launch/demo')
        const from = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }
        const { status, headers, text, cookies } = await browser.navigate('/ipythonExercice/pythn/a.ipynb/ann', from)
        const framers = /frame-ancestors ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]
        return [status, framers, /<(form|button|a|input)\b|ann/.test(text), cookies]
      },
      expected: [404, `${pattern} ${lmsUrl} https://lms.fun-mooc.test`, false, []],
    },
    {
      name: 'has a server list names that are markup, paths, or text that runs backwards: the page shows none of them',
      rule: 'echo',
      attempt: async () => {
        const browser = hub.browser()
        await browser.enter('/launch/demo')
        const names = [
          '<b>intro.ipynb',
          '../intro.ipynb',
          'int\u202ero.ipynb',
          'int\nro.ipynb',
          '"><intro.ipynb',
          'intros.ipynb',
        ]
        world.behaviour.files = Object.fromEntries(names.map((name) => [name, 'notebook' as const]))
        const { text } = await browser.navigate('/launch/demo/intro.ipynb')
        world.behaviour.files = undefined
        return [/<b>|"><intro|\.\.\/intro|\u202e/.test(text), text.includes('>intros.ipynb</a>')]
      },
      expected: [false, true],
    },
    {
      name: 'has a server list thousands of names that are nearly alike: the page takes little of the hub’s time',
      rule: 'cost',
      attempt: async () => {
        const browser = hub.browser()
        await browser.enter('/launch/demo')
        const name = (index: number) => `${'a'.repeat(50)}${String(index).padStart(6, '0')}`
        world.behaviour.files = Object.fromEntries(
          Array.from({ length: 900 }, (_, index) => [name(index), 'file' as const]),
        )
        const before = process.threadCpuUsage()
        const { status } = await browser.navigate(`/launch/demo/${'a'.repeat(56)}.ipynb`)
        const { user, system } = process.threadCpuUsage(before)
        world.behaviour.files = undefined
        // The fake server and the test run in this thread too.
        return [status, (user + system) / 1000 < 10 * mostMilliseconds]
      },
      expected: [404, true],
    },
    {
      name: 'has a server say that a file is somewhere else: the browser stays in the server',
      rule: 'redirects',
      attempt: async () => {
        const browser = hub.browser()
        await browser.enter('/launch/demo')
        world.behaviour.files = { 'a.ipynb': 'notebook' }
        const launch = await browser.open('/launch/demo/a.ipynb')
        const { ticket } = (await browser.post(`/hub/launches/${launch}/ticket`)).json()
        world.behaviour.files = undefined
        return /^\/user\/[\w-]{36}\/demo\/lab\/workspaces\/\w+\/tree\/a\.ipynb$/.test(
          (await redeem(hub, ticket)).json().to,
        )
      },
      expected: true,
    },
  ]
  attacks(table)
})
