import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { lmsUrl, redeem } from '../../helpers/test-hub.ts'
import {
  enterAsGuest,
  guestsAt,
  onSharedHost,
  openAsGuest,
  openSchool,
  type School,
  share,
  unshare,
} from '../../hub/access/guests/school.ts'
import { attacks } from '../table.ts'

describe('attack: a user who wants a seat at another user’s server', () => {
  let database: TestDatabase
  let school: School
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await openSchool(database.url)
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const linkTo = (path: string) => `/hub/open?to=${encodeURIComponent(`${path}lab`)}`
  /** Returns the guests in the route of ann's server, and those in the database. */
  const guests = async () => [guestsAt(school.hub, school.server.path), await school.hub.db('guests').select('role')]

  attacks([
    {
      name: 'has the same id at an LMS as a teacher has a name',
      rule: 'guests',
      async attempt() {
        const learner = school.hub.browser()
        await learner.enter('/ipythonExercice/demo/a/grace', { framed: true, referer: `${lmsUrl}/` })
        return [(await openAsGuest(learner, school.server.path)).answer.status, await guests()]
      },
      expected: [403, [[], []]],
    },
    {
      name: 'links a teacher into a server, in every way that a GET can',
      rule: 'guests',
      async attempt() {
        const grace = await school.as('grace')
        const { path } = school.server
        for (const link of [linkTo(path), path, `${path}lab`, `/hub/guests?to=${path}`]) {
          await grace.navigate(link)
          await grace.navigate(link, { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' })
          await grace.fetch(link)
          await grace.post('/hub/launches', { link })
        }
        return guests()
      },
      expected: [[], []],
    },
    {
      name: 'has a teacher’s browser send the form of another site',
      rule: 'guests',
      async attempt() {
        const grace = await school.as('grace')
        const from = { 'sec-fetch-site': 'same-site', origin: 'http://label.nb.test' }
        const { status } = await grace.submit('/hub/guests', { to: school.server.path }, from)
        return [status, await guests()]
      },
      expected: [403, [[], []]],
    },
    {
      name: 'starts and restarts the server of another user, as a stranger, as a guest and as staff',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'ben')
        const { path } = school.server
        const statuses: unknown[] = []
        for (const name of ['eve', 'ben', 'grace']) {
          const browser = await school.as(name)
          for (const link of ['/hub/spawn/ann/demo', `/hub/at${path}spawn`, `/hub/restart?to=${path}`]) {
            await browser.navigate(link)
            statuses.push((await browser.post('/hub/launches', { link, confirmed: true })).status)
          }
        }
        const rows = await school.hub.db('servers').select('run', 'state')
        return [new Set(statuses), rows, await guests()]
      },
      expected: [new Set([403]), [{ run: 1, state: 'ready' }], [[], []]],
    },
    {
      name: 'asks for accounts by starting their servers as JupyterHub does',
      rule: 'enumeration',
      async attempt() {
        const eve = await school.as('eve')
        const told = async (name: string) => {
          const page = await eve.navigate(`/hub/spawn/${name}/demo`)
          const posted = await eve.post('/hub/launches', { link: `/hub/spawn/${name}/demo` })
          const { message, error } = posted.json()
          return JSON.stringify([
            page.status,
            page.text.replaceAll(`/${name}/`, ''),
            posted.status,
            error,
            message,
          ]).replace(/[\w-]{36}/g, '')
        }
        return (await told('ann')) === (await told('nono'))
      },
      expected: true,
    },
    {
      name: 'keeps a ticket until after the share has ended',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'ben')
        const ben = await school.as('ben')
        const { launch } = await openAsGuest(ben, school.server.path)
        const { ticket } = (await ben.post(`/hub/launches/${launch}/ticket`)).json()
        await unshare(school.ann, 'user', 'ben')
        return [(await redeem(school.hub, ticket)).status, await guests()]
      },
      expected: [404, [[], []]],
    },
    {
      name: 'keeps a seat until the share comes back',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'ben')
        const ben = await school.as('ben')
        const { seat } = (await enterAsGuest(school.hub, ben, school.server.path)).json()
        await unshare(school.ann, 'user', 'ben')
        await share(school.ann, 'user', 'ben')
        await openAsGuest(ben, school.server.path)
        return school.hub.proxy.routes.get(school.server.path)?.access?.ended.includes(seat.id)
      },
      expected: true,
    },
    {
      name: 'keeps a seat whose cookie a proxy has renewed, until the share has been gone for hours and comes back',
      rule: 'guests',
      async attempt() {
        const { hub, ann, server, as } = school
        const hoursPass = (hours: number) =>
          hub.db('seats').update({ expires: hub.db.raw('expires - ?', [hours * 3_600_000]) })
        await share(ann, 'user', 'ben')
        const ben = await as('ben')
        const { seat } = (await enterAsGuest(hub, ben, server.path)).json()
        await hoursPass(11)
        await unshare(ann, 'user', 'ben')
        await hoursPass(2)
        await share(ann, 'user', 'ben')
        await openAsGuest(ben, server.path)
        return hub.proxy.routes.get(server.path)?.access?.ended.includes(seat.id)
      },
      expected: true,
    },
    {
      name: 'writes itself into the database of an installation where servers share a host',
      rule: 'guests',
      async attempt() {
        await school.hub.stop()
        await database.remove()
        database = await sqliteDatabase()
        school = await openSchool(database.url, onSharedHost)
        const { hub, ann, server, as, userId } = school
        const grace = await as('grace')
        const user = await userId('grace')
        await hub.db('guests').insert({ server: server.id, user, role: 'staff', created: 0 })
        const { ticket } = await ann.enter('/launch/demo')
        const { route } = (await redeem(hub, ticket)).json()
        const { status } = (await openAsGuest(grace, server.path)).answer
        return [status, route.access.guests]
      },
      expected: [403, []],
    },
    {
      name: 'asks for names by sharing with them',
      rule: 'enumeration',
      async attempt() {
        const { ann, as } = school
        await as('bert')
        const answers: unknown[] = []
        for (const name of ['bert', 'nono']) {
          const { status, headers } = await share(ann, 'user', name)
          const list = (await ann.navigate('/hub/share/demo')).text.replaceAll(name, '')
          await unshare(ann, 'user', name)
          answers.push(JSON.stringify([status, String(headers.location).replace(/notice=.*/, ''), list]))
        }
        return answers[0] === answers[1]
      },
      expected: true,
    },
    {
      name: 'asks for courses by the pages of their staff',
      rule: 'enumeration',
      async attempt() {
        const eve = await school.as('eve')
        const pages = await Promise.all(['demo', 'nowhere'].map((slug) => eve.navigate(`/hub/course/${slug}`)))
        const asked = /next=%2Fhub%2Fcourse%2F\w+/g
        const [one, other] = pages.map(({ status, text }) => [status, text.replace(asked, '')])
        return JSON.stringify(one) === JSON.stringify(other)
      },
      expected: true,
    },
  ])
})
