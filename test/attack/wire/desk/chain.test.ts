import { writeDeskSeat } from '../../../../seats/desk.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { hubUrl, secrets } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { type Answer, ask, ownPage } from '../../../proxy/world.ts'
import { type AttackSite, type Seated, startAttackSite } from '../../browser/site.ts'
import { attacks } from '../../table.ts'

const course = { image: 'demo', strip: true }

/** Runs real proxies and a real hub, so that a hole between both would show. */
describe('attack: script in notebooks presses what the strip has, through proxy and hub', () => {
  const cleanup = cleanupAfterAll()
  let site: AttackSite
  let ann: Seated
  let bob: Seated
  let told: string
  before(async () => {
    site = await startAttackSite(cleanup, { config: { courses: { demo: course, other: course } } })
    ann = await site.seat()
    bob = await site.seat('/tmplogin?course=other')
    const { id, run, user } = await site.hub.db('servers').where({ path: ann.path }).first('id', 'run', 'user')
    const seat = await site.hub.db('seats').where({ server: id }).first('id')
    told = writeDeskSeat({ server: id, run, user, seat: seat.id })
  })

  const said = ({ status, body }: Answer) => {
    const error = /"error":"(\w+)"/.exec(body)?.[1]
    return error === undefined ? status : `${status} ${error}`
  }
  const body = JSON.stringify({ notebook: null, active: true })
  const json = { 'content-type': 'application/json' }
  const press = async (cookie: string, path = ann.path, at = 0) =>
    said(
      await ask(site.proxies[at]?.urls[0] ?? '', `${path}_carrel/desk/api/state`, {
        method: 'POST',
        headers: { ...ownPage, ...json, cookie },
        body,
      }),
    )
  /** Sends a question at the host of the hub. */
  const askHub = async (headers: Record<string, string>, path = '/hub/api/desk/state') =>
    said(await site.send(path, { method: 'POST', host: new URL(hubUrl).host, headers: { ...json, ...headers }, body }))

  attacks([
    {
      name: 'a notebook of the owner’s own presses, at each proxy, which does no more than she can',
      rule: 'desk',
      attempt: async () => [await press(ann.cookie), await press(ann.cookie, ann.path, 1)],
      expected: [200, 200],
    },
    {
      name: 'a notebook of another user presses, with its own seat and under the name of hers',
      rule: 'desk',
      attempt: async () => {
        const named = `${ann.cookie.split('=')[0]}=${bob.cookie.slice(bob.cookie.indexOf('=') + 1)}`
        return [await press(bob.cookie), await press(named)]
      },
      expected: ['403 seat_missing', '403 seat_invalid'],
    },
    {
      name: 'asks the hub itself, and says whose desk it is',
      rule: 'desk',
      attempt: async () => [
        await askHub({ 'x-carrel-seat': told }),
        await askHub({ 'x-carrel-seat': told, authorization: `token carrel-user-${'a'.repeat(43)}` }),
        await askHub({ 'x-carrel-seat': told, 'x-carrel-proxy-auth': secrets.proxyToken }),
      ],
      expected: ['403 bad_token', '403 bad_token', '403 bad_token'],
    },
    {
      name: 'a tab of an earlier run presses on',
      rule: 'desk',
      attempt: async () => {
        const [first] = await site.hub.db('servers').where({ path: bob.path }).select('id')
        await bob.browser.submit(`/hub/servers/${first.id}/stop`)
        const stateIs = async (state: string) =>
          (await site.hub.db('servers').where({ id: first.id }).first('state')).state === state
        await until(() => stateIs('stopped'))
        const gone = await press(bob.cookie, bob.path)
        await site.seat('/tmplogin?course=other', bob.browser)
        return [gone, await press(bob.cookie, bob.path)]
      },
      expected: ['424 server_not_running', '403 seat_invalid'],
    },
  ])
})
