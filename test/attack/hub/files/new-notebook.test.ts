/** Attacks by the button that makes a notebook which a link names and which is not there. */
import type { ErrorLink } from '../../../../hub/errors.ts'
import { sqliteDatabase } from '../../../helpers/engines/postgresql.ts'
import type { ContentsChange, FakeFiles } from '../../../helpers/fake-contents.ts'
import { createFakeServers, quickSpawner } from '../../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { openAsGuest, openSchool } from '../../../hub/access/guests/school.ts'
import { type Attack, attacks } from '../../table.ts'

const files: FakeFiles = { 'welcome.ipynb': 'notebook', week: 'directory' }

describe('attack: a notebook that a button makes', () => {
  const world = createFakeServers()
  let hub: TestHub
  let victim: HttpBrowser
  /** The path of the victim's server. */
  let own: string
  before(async () => {
    hub = await startTestHub({ world, config: { spawner: quickSpawner(world) } })
    victim = hub.browser()
    await victim.enter('/launch/demo')
    own = (await hub.db('servers').first()).path
  })
  beforeEach(() => {
    world.behaviour = { files: { ...files }, changes: [] }
  })
  after(async () => {
    await hub.stop()
    await world.close()
  })

  const changes = () => (world.behaviour.changes ?? []).map(({ method }) => method)
  const open = (inside: string) => `/hub/open?to=${encodeURIComponent(own + inside)}`
  /** Presses the button at this browser, with any link, and goes to the end. */
  const press = async (link: string, browser = victim, headers = {}) => {
    const begun = await browser.post('/hub/launches', { link, make: true }, headers)
    if (begun.status !== 201) return begun.status
    await browser.follow(begun.json().launch)
    return (await browser.post(`/hub/launches/${begun.json().launch}/ticket`)).status
  }

  const table: Attack[] = [
    ...[
      '/launch/demo/a.ipynb?make=true',
      '/launch/demo/a.ipynb?make=1&confirmed=true',
      '/tmplogin?course=demo&notebook=a.ipynb&make=true',
    ].map(
      (link): Attack => ({
        name: `makes a notebook by the link ${link}, from another site, a mail or a prefetch`,
        rule: 'by hand',
        attempt: async () => {
          const answers = [
            await victim.navigate(link, { 'sec-fetch-site': 'cross-site' }),
            await victim.navigate(link),
            await victim.fetch(link, { headers: { 'sec-purpose': 'prefetch' } }),
          ]
          return [answers.map(({ status }) => status), changes()]
        },
        expected: [[404, 404, 200], []],
      }),
    ),
    {
      name: "has another site's page press the button",
      rule: 'own pages',
      attempt: async () => {
        const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
        const link = open('lab/tree/a.ipynb')
        const form = await victim.submit('/hub/launches', { link, framed: 'false', make: 'true' }, foreign)
        return [await press(link, victim, foreign), form.status, changes()]
      },
      expected: [403, 403, []],
    },
    ...[
      'lab/tree/../../../x.ipynb',
      'lab/tree/%2e%2e/x.ipynb',
      'notebooks/a%2F..%2F..%2F..%2Fx.ipynb',
      'notebooks/%2Fetc%2Fx.ipynb',
      'notebooks/..%5Cx.ipynb',
      'notebooks/.ssh/x.ipynb',
      'notebooks/.jupyter%2Fx.ipynb',
      'notebooks/a%00.ipynb',
      'notebooks/a%0a.ipynb',
      'notebooks/a.ipynb%3Ftype=file%26x=.ipynb/../b.py',
      'notebooks/x.py',
      'notebooks/.bashrc',
    ].map(
      (inside): Attack => ({
        name: `makes ${inside}, which is no notebook in the server's folder`,
        rule: 'paths',
        attempt: async () => [[400, 404].includes(await press(open(inside))), changes()],
        expected: [true, []],
      }),
    ),
    {
      name: 'has a name that the Contents API would read as a query: it is a name',
      rule: 'paths',
      attempt: async () => {
        await press(open('notebooks/a%3Fx=1.ipynb'))
        return [changes(), Object.keys(world.behaviour.files ?? {})]
      },
      expected: [
        ['PUT', 'PATCH'],
        ['welcome.ipynb', 'week', 'a?x=1.ipynb'],
      ],
    },
    {
      name: 'presses the button for a notebook that is there: it is opened as it is',
      rule: 'by hand',
      attempt: async () => [await press('/launch/demo/welcome.ipynb'), changes()],
      expected: [200, []],
    },
    {
      name: 'writes over a file that came between the look and the button: it is opened as it is',
      rule: 'by hand',
      attempt: async () => {
        world.behaviour.beforeChange = ({ method }: ContentsChange) => {
          if (method === 'PATCH') Object.assign(world.behaviour.files ?? {}, { 'a.ipynb': 'file' })
          return undefined
        }
        return [await press('/launch/demo/a.ipynb'), changes(), world.behaviour.files]
      },
      expected: [200, ['PUT', 'PATCH', 'DELETE'], { ...files, 'a.ipynb': 'file' }],
    },
    {
      name: "makes a notebook in another user's server",
      rule: 'guests',
      attempt: async () => {
        const stranger = hub.browser()
        await stranger.enter('/launch/demo')
        return [await press(open('notebooks/a.ipynb'), stranger), changes()]
      },
      expected: [403, []],
    },
    {
      name: 'is a guest of the server, whom its pages offer no button',
      rule: 'guests',
      attempt: async () => {
        const database = await sqliteDatabase()
        const school = await openSchool(database.url, {}, { world })
        try {
          const grace = await school.as('grace')
          const to = `${school.server.path}notebooks/a.ipynb`
          const { launch } = await openAsGuest(grace, to)
          const missing = await grace.post(`/hub/launches/${launch}/ticket`)
          const { links } = missing.json()
          const pressed = await press(`/hub/open?to=${encodeURIComponent(to)}`, grace)
          const again = await grace.post(`/hub/launches/${launch}/ticket`, { make: true })
          return [missing.status, links.some((one: ErrorLink) => one.make), pressed, again.status, changes()]
        } finally {
          await school.hub.stop()
          await database.remove()
        }
      },
      expected: [404, false, 403, 404, []],
    },
    {
      name: "gets another browser's launch to make its notebook",
      rule: 'session',
      attempt: async () => {
        const begun = await victim.post('/hub/launches', { link: '/launch/demo/a.ipynb', make: true })
        // The victim's own press has made it. The launch of that press would make it again, now that it is not there.
        world.behaviour = { files: { ...files }, changes: [] }
        const stranger = hub.browser()
        await stranger.enter('/launch/demo')
        const { launch } = begun.json()
        await victim.follow(launch)
        const asked = await stranger.post(`/hub/launches/${launch}/ticket`)
        await stranger.navigate(`/hub/launches/${launch}`)
        return [asked.status, changes()]
      },
      expected: [403, []],
    },
    {
      name: 'has a server that answers the button with nothing, for ever or with megabytes',
      rule: 'cost',
      attempt: async () => {
        world.behaviour.kernelspecs = `"${'x'.repeat(3_000_000)}"`
        return press('/launch/demo/a.ipynb')
      },
      expected: 409,
    },
  ]
  attacks(table)
})
