import { writeDeskSeat } from '../../../../seats/desk.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import {
  accessOf,
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatOf,
} from '../../../proxy/world.ts'
import { type Attack, attacks } from '../../table.ts'
import { annsSeat, bobsSeat, knock, startWire, type Wire } from '../wire.ts'

const path = '/user/ann/demo/'
const desk = `${path}_carrel/desk/`
const state = `${desk}api/state`
const strange = accessOf({ strip: true, guests: ['u3'], ancestors: ['https://lms.example'] })
const token = `carrel-user-${'a'.repeat(43)}`
const guestsSeat = cookieOf(seatOf({ user: 'u3' }))
const page = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const from = (site: string) => ({ 'sec-fetch-site': site })

describe('attack: the strip above a notebook, and what it asks the hub', () => {
  const cleanup = cleanupAfterAll()
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup)
    await addRoute(wire.proxy, routeOf(wire.ann, { revision: 2, access: strange }))
  })

  const call =
    (headers: Record<string, string | string[]>, where = state, method = 'POST') =>
    () =>
      knock(wire, where, { method, headers, ...(method === 'POST' && { body: '{}' }) })
  /** Returns what the hub gets of a request, among these headers. */
  const seenByHub = async (headers: Record<string, string | string[]>, names: string[], host?: string) => {
    await ask(wire.url, state, {
      method: 'POST',
      headers: { ...ownPage, cookie: annsSeat, ...headers },
      body: '{}',
      ...(host && { host }),
    })
    const seen = wire.hub.requests.at(-1)
    return [seen?.url, ...names.map((name) => seen?.headers[name])]
  }
  const forged = writeDeskSeat({ server: 's2', run: 1, user: 'u2', seat: 'seat-1' })
  const genuine = writeDeskSeat({ server: 's1', run: 1, user: 'u1', seat: 'seat-1' })

  const asked: Attack[] = [
    ...['cross-site', 'same-site'].map(
      (site): Attack => ({
        name: `a page of a ${site === 'same-site' ? 'neighbouring host, as that of another server,' : 'foreign site'} asks in its learner's name`,
        rule: 'desk',
        attempt: call({ ...from(site), origin: 'https://evil.example' }),
        expected: '403 request_foreign',
      }),
    ),
    {
      name: 'a link of a foreign site asks',
      rule: 'desk',
      attempt: call({ ...page, ...from('cross-site') }, `${desk}api/versions/1`, 'GET'),
      expected: '403 page',
    },
    {
      name: 'an address that a person typed asks',
      rule: 'desk',
      attempt: call({ ...page, ...from('none') }, `${desk}api/versions/1`, 'GET'),
      expected: '403 page',
    },
    {
      name: 'an old browser asks for a page of another site',
      rule: 'desk',
      attempt: call({
        ...{ 'sec-fetch-site': [], 'sec-fetch-mode': [], 'sec-fetch-dest': [] },
        ...{ origin: 'https://evil.example' },
      }),
      expected: '403 request_foreign',
    },
    { name: 'asks without a seat', rule: 'desk', attempt: call({ cookie: '' }), expected: '403 seat_missing' },
    {
      name: "asks with another server's seat",
      rule: 'desk',
      attempt: call({ cookie: bobsSeat }),
      expected: '403 seat_missing',
    },
    {
      name: "asks at another user's desk",
      rule: 'desk',
      attempt: call({}, '/user/bob/demo/_carrel/desk/api/state'),
      expected: '403 seat_missing',
    },
    {
      name: 'a guest asks in the name of the owner',
      rule: 'desk',
      attempt: call({ cookie: guestsSeat }),
      expected: '403 not_owner',
    },
    ...['versions', 'keep', 'whose/1', 'whose?x=1', 'Whose', 'share'].map(
      (rest): Attack => ({
        name: `a guest asks more than whose notebook it is, by ${rest}`,
        rule: 'desk',
        attempt: call({ cookie: guestsSeat }, `${desk}api/${rest}`),
        expected: '403 not_owner',
      }),
    ),
    {
      name: 'asks where the course has no strip',
      rule: 'desk',
      attempt: call({ cookie: bobsSeat }, '/user/bob/demo/_carrel/desk/api/state'),
      expected: '403 not_owner',
    },
    {
      name: "a program asks by its owner's API token",
      rule: 'desk',
      attempt: async () => {
        const seat = { id: 'token-seat', server: 's1', run: 1, user: 'u1', issued: Date.now() }
        wire.hub.admissions.set(token, { seat, milliseconds: 60_000 })
        const asked = () => wire.hub.requests.filter(({ url }) => url === '/hub/api/desk/state').length
        const before = asked()
        const { status } = await ask(wire.url, state, { headers: { ...ownPage, authorization: `token ${token}` } })
        return [status, asked() - before]
      },
      expected: [404, 0],
    },
    {
      name: 'a WebSocket of the server’s own page opens there',
      rule: 'desk',
      attempt: async () => {
        const socket = openWebSocket(wire.url, state, { cookie: annsSeat, origin: 'http://nb.test' })
        const came = await outcome(socket)
        socket.terminate()
        return came
      },
      expected: 403,
    },
    ...['x-carrel-seat', 'x_carrel_seat', 'X-Carrel_Seat'].map(
      (name): Attack => ({
        name: `a client says itself whose desk asks, as ${name}`,
        rule: 'desk',
        attempt: () => seenByHub({ [name]: forged }, ['x-carrel-seat', 'x_carrel_seat', 'x-carrel_seat', 'cookie']),
        expected: ['/hub/api/desk/state', genuine, undefined, undefined, undefined],
      }),
    ),
    {
      name: 'a client says so at the host of the hub',
      rule: 'desk',
      attempt: () =>
        seenByHub(
          { 'x-carrel-seat': forged, x_carrel_seat: forged },
          ['x-carrel-seat', 'x_carrel_seat', 'authorization'],
          'hub.test',
        ),
      expected: [state, undefined, undefined, undefined],
    },
    ...[
      ['../../../hub/api/users', '400 path_unclear'],
      ['%2e%2e/admissions', '400 path_unclear'],
      ['state%2f..%2f..%2fusers', '400 path_unclear'],
      ['..%5c..%5cusers', '400 path_unclear'],
      ['/users', '404 not_found'],
      ['state//users', '404 not_found'],
      ['state;x/users', '404 not_found'],
      ['state%2fusers', '404 not_found'],
      ['@evil.example/', '404 not_found'],
      ['', '404 not_found'],
    ].map(
      ([rest, expected]): Attack => ({
        name: `leaves the strip's part of the hub by ${rest}`,
        rule: 'desk',
        attempt: call({}, `${desk}api/${rest}`),
        expected,
      }),
    ),
    {
      name: 'sends more than a question has',
      rule: 'desk',
      attempt: () => knock(wire, state, { method: 'POST', body: 'x'.repeat(65 * 1024) }),
      expected: '413 body_too_large',
    },
    {
      name: 'sends without saying how much',
      rule: 'desk',
      attempt: () => knock(wire, state, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }),
      expected: '413 body_too_large',
    },
  ]
  attacks(asked)

  const shown: Attack[] = [
    ...[
      ['//evil.example', '404 page'],
      ['%2f%2fevil.example', '404 page'],
      ['%09/evil.example', '404 page'],
      ['%5c%5cevil.example', '404 page'],
      ['x%5cevil.example', '404 page'],
      ['../../../hub/home', '400 page'],
      ['%2e%2e/%2e%2e/', '400 page'],
      ['_carrel/desk/lab', '404 page'],
      ['_carrel/seated?to=x', '404 page'],
      ['%5fcarrel/seated', '404 page'],
      ['%61pi/contents', '404 page'],
    ].map(
      ([landing, expected]): Attack => ({
        name: `frames another page than one of the server, by ${landing}`,
        rule: 'desk',
        attempt: () => knock(wire, desk + landing, { headers: page }),
        expected,
      }),
    ),
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'https://evil.example/',
      '@evil.example',
      '"><script>alert(1)</script>',
    ].map(
      (landing): Attack => ({
        name: `frames what is no page of the server: ${landing}`,
        rule: 'desk',
        attempt: async () => {
          const { body } = await ask(wire.url, desk + landing, { headers: { ...page, cookie: annsSeat } })
          const [, src = ''] = /<iframe[^>]* src="([^"]*)"/.exec(body) ?? []
          return [src.startsWith(path), body.includes('<script>alert')]
        },
        expected: [true, false],
      }),
    ),
    {
      name: "shows another user's desk",
      rule: 'desk',
      attempt: () => knock(wire, '/user/bob/demo/_carrel/desk/lab', { headers: page }),
      expected: `303 to ${hubUrl}/hub/open?to=%2Fuser%2Fbob%2Fdemo%2Flab`,
    },
    {
      name: 'a foreign site links into a desk, past the hub’s question',
      rule: 'desk',
      attempt: () => knock(wire, `${desk}terminals/1`, { headers: { ...page, ...from('cross-site') } }),
      expected: `303 to ${hubUrl}/hub/open?to=%2Fuser%2Fann%2Fdemo%2Fterminals%2F1`,
    },
    {
      name: 'a guest shows the desk of the owner',
      rule: 'desk',
      attempt: async () => {
        const { status, body } = await ask(wire.url, `${desk}lab`, { headers: { ...page, cookie: guestsSeat } })
        return [status, body.includes('You are in'), /<button|desk\.js/.test(body)]
      },
      expected: [200, true, false],
    },
    {
      name: 'a foreign site frames the desk',
      rule: 'desk',
      attempt: async () => {
        const { headers } = await ask(wire.url, `${desk}lab`, { headers: { ...page, cookie: annsSeat } })
        return /frame-ancestors [^;]*/.exec(String(headers['content-security-policy']))?.[0]
      },
      expected: `frame-ancestors 'self' ${hubUrl} https://lms.example`,
    },
    {
      name: "has the hub's notebook to read shown without a sandbox, or read by another site",
      rule: 'shown notebooks',
      attempt: async () => {
        const where = `${desk}api/reading/page?path=a.ipynb`
        const frame = { ...page, 'sec-fetch-dest': 'iframe' }
        const tries: [policy: string, headers: Record<string, string>][] = [
          ["default-src 'none'; style-src 'unsafe-inline'; script-src *", { cookie: annsSeat }],
          ["default-src 'none'; sandbox allow-popups", { cookie: annsSeat, ...from('cross-site') }],
          ["default-src 'none'; sandbox allow-popups", { cookie: guestsSeat }],
        ]
        const seen: unknown[] = []
        for (const [policy, headers] of tries) {
          wire.hub.answer = { status: 200, headers: { 'content-security-policy': policy }, body: 'page' }
          const answer = await ask(wire.url, where, { headers: { ...frame, ...headers } })
          seen.push([
            answer.status,
            /sandbox/.test(String(answer.headers['content-security-policy'])),
            answer.body === 'page',
          ])
        }
        delete wire.hub.answer
        return seen
      },
      expected: [
        [200, true, true],
        [403, false, false],
        [403, false, false],
      ],
    },
    { name: 'has the page sent by a form', rule: 'desk', attempt: call(page, `${desk}lab`), expected: '405 page' },
  ]
  attacks(shown)

  const strip = '/_carrel/strip/aaaaaaaaaaaaaaaa/'
  const beside: Attack[] = [
    ...[
      `${strip}../../../etc/passwd`,
      `${strip}..%2f..%2fpage.ts`,
      `${strip}%2e%2e/page.ts`,
      `${strip}..%5cpage.ts`,
      `${strip}../page.ts`,
      `${strip}desk.js/`,
      `${strip}desk.js%00.css`,
      `${strip}__proto__`,
      `${strip}constructor`,
      '/_carrel/strip/desk.js',
      '/_carrel/strip//etc/passwd',
      '/_carrel/strip/',
    ].map(
      (file): Attack => ({
        name: `reads a file beside those of the strip: ${file}`,
        rule: 'desk',
        attempt: () => knock(wire, file),
        expected: '404 not_found',
      }),
    ),
    {
      name: 'makes a script of the strip a service worker of the host',
      rule: 'desk',
      attempt: () =>
        knock(wire, `${strip}desk.js`, { headers: { 'service-worker': 'script', 'sec-fetch-dest': 'serviceworker' } }),
      expected: '404 not_found',
    },
    ...[
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '/hub/\\evil',
      '@evil.example/',
      '.evil.example/hub/',
      '/user/ann/demo/',
      'javascript:alert(1)',
      '/hub/\r\nx: y',
      '',
    ].map(
      (to): Attack => ({
        name: `leads elsewhere than to the hub: ${JSON.stringify(to)}`,
        rule: 'desk',
        attempt: () => knock(wire, `/_carrel/leave?to=${encodeURIComponent(to)}`, { headers: page }),
        expected: '404 page',
      }),
    ),
    {
      name: 'writes script into the page that leads to the hub',
      rule: 'desk',
      attempt: async () => {
        const to = encodeURIComponent('/hub/"</script><script>alert(1)</script>')
        const inFrame = { ...page, 'sec-fetch-dest': 'iframe' }
        const { status, body } = await ask(wire.url, `/_carrel/leave?to=${to}`, { headers: inFrame })
        return [status, body.includes('<script>alert')]
      },
      expected: [200, false],
    },
  ]
  attacks(beside)
})
