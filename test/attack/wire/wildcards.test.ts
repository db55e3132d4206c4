/** Attacks from names that only look as if a wildcard among a course's sites covered them. */
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { accessOf, addRoute, ask, routeOf } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startWire, type Wire } from './wire.ts'

const path = '/user/ann/demo/'
const pattern = 'https://*.fun-mooc.test'

describe('attack: names beside a wildcard', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup, {})
    const access = accessOf({ ancestors: [pattern], cors: [pattern] })
    await addRoute(wire.proxy, routeOf(wire.ann, { revision: 2, access }))
  })

  const mayAsk = async (origin: string) => {
    const headers = { origin, 'access-control-request-method': 'GET' }
    return (await ask(wire.url, `${path}api`, { method: 'OPTIONS', headers })).headers['access-control-allow-origin']
  }
  const userToken = `carrel-user-${'B'.repeat(43)}`
  const mayRead = async (origin: string) => {
    wire.hub.admissions.set(userToken, {
      seat: { id: 'token', server: 's1', run: 1, user: 'u1', issued: Date.now() },
      milliseconds: 60_000,
    })
    const headers = { origin, authorization: `token ${userToken}` }
    return (await ask(wire.url, `${path}api`, { headers })).headers['access-control-allow-origin']
  }
  const beside = [
    'https://fun-mooc.test',
    'https://evilfun-mooc.test',
    'https://evil-fun-mooc.test',
    'https://.fun-mooc.test',
    'https://a..fun-mooc.test',
    'https://lms.fun-mooc.test.evil.example',
    'https://lms.fun-mooc.test:8443',
    'http://lms.fun-mooc.test',
    'https://evil.example/.fun-mooc.test',
    'https://evil.example?.fun-mooc.test',
    'https://evil.example#.fun-mooc.test',
    'https://evil.example\\.fun-mooc.test',
    'https://u@lms.fun-mooc.test',
    'https://LMS.fun-mooc.test',
    'https://lms.fun-mooc.test https://evil.example',
    'null',
    '*',
  ]
  attacks([
    ...beside.map(
      (origin): Attack => ({
        name: `has a script of ${origin} ask and read, where ${pattern} may`,
        rule: 'row 3',
        attempt: async () => [await mayAsk(origin), await mayRead(origin)],
        expected: [undefined, undefined],
      }),
    ),
    {
      name: 'a script of a name that the wildcard covers, for comparison: it is named itself, not the wildcard',
      rule: 'row 3',
      attempt: async () =>
        Promise.all(
          ['https://lms.fun-mooc.test', 'https://a.lms.fun-mooc.test'].flatMap((one) => [mayAsk(one), mayRead(one)]),
        ),
      expected: [...Array(2).fill('https://lms.fun-mooc.test'), ...Array(2).fill('https://a.lms.fun-mooc.test')],
    },
    {
      name: 'frames a server whose course a wildcard may frame: the browser gets that wildcard and no other',
      rule: 'out: frame-ancestors',
      attempt: async () => {
        const headers = { cookie: annsSeat, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }
        const answer = await ask(wire.url, `${path}lab`, { headers })
        return /frame-ancestors [^,;]*/.exec(String(answer.headers['content-security-policy']))?.[0]
      },
      expected: `frame-ancestors 'self' http://hub.test ${pattern}`,
    },
  ])
})
