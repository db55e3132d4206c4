import assert from 'node:assert/strict'
import { accessOf, addRoute, ask, cookieOf, hubUrl, routeOf, seatOf, siteForEach } from '../world.ts'

const lms = 'https://lms.test'
const inFrame = {
  accept: 'text/html',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'iframe',
}
const ticketForm = { ...inFrame, origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }

describe('framing at the proxy', () => {
  const site = siteForEach({ route: false })

  const addServer = (ancestors: string[]) =>
    addRoute(site.proxy, routeOf(site.backend, { access: accessOf({ ancestors }) }))
  const enter = (ticket: string) =>
    ask(site.proxy.urls[0], '/_carrel/seat', { method: 'POST', headers: ticketForm, body: `ticket=${ticket}` })
  const framersOf = (answer: { headers: { [name: string]: unknown } }) =>
    /frame-ancestors ([^;,]*)/.exec(String(answer.headers['content-security-policy']))?.[1]

  const pages: [string, number, () => ReturnType<typeof ask>][] = [
    [
      'a refusal',
      403,
      () =>
        ask(site.proxy.urls[0], '/user/ann/demo/api', {
          method: 'POST',
          headers: { ...inFrame, 'sec-fetch-site': 'same-origin' },
        }),
    ],
    [
      'a landing without a valid signature',
      403,
      () =>
        ask(site.proxy.urls[0], '/user/ann/demo/_carrel/seated?to=x.y', {
          headers: { ...inFrame, cookie: cookieOf() },
        }),
    ],
    [
      'an answer of the server',
      200,
      () =>
        ask(site.proxy.urls[0], '/user/ann/demo/lab', {
          headers: { ...inFrame, 'sec-fetch-site': 'same-origin', cookie: cookieOf() },
        }),
    ],
  ]
  for (const [what, status, look] of pages) {
    it(`lets the course's ancestors frame ${what}, and no other site`, async () => {
      await addServer([lms])
      const answer = await look()
      assert.equal(answer.status, status)
      assert.equal(framersOf(answer), `'self' ${hubUrl} ${lms}`)
    })
  }

  it("lets the course's ancestors frame the page of a server that does not answer", async () => {
    await addServer([lms])
    await new Promise((resolve) => site.backend.server.close(resolve))
    const answer = await ask(site.proxy.urls[0], '/user/ann/demo/lab', {
      headers: { ...inFrame, 'sec-fetch-site': 'same-origin', cookie: cookieOf() },
    })
    assert.equal(answer.status, 503)
    assert.equal(framersOf(answer), `'self' ${hubUrl} ${lms}`)
  })

  it('shows the refusal of a ticket in a frame of any ancestor, and of no other site', async () => {
    await addServer([lms])
    const framed = await enter('x'.repeat(43))
    assert.equal(framed.status, 403)
    assert.equal(framersOf(framed), lms)
    const top = await ask(site.proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      headers: { ...ticketForm, 'sec-fetch-dest': 'document' },
      body: `ticket=${'x'.repeat(43)}`,
    })
    assert.equal(framersOf(top), "'none'")
  })

  it('lets no site frame a page of the proxy where no course has ancestors', async () => {
    await addServer([])
    const answers = [
      await enter('x'.repeat(43)),
      await ask(site.proxy.urls[0], '/', { host: 'elsewhere.test', headers: inFrame }),
      await ask(site.proxy.urls[0], '/%', { headers: inFrame }),
    ]
    for (const answer of answers) assert.equal(framersOf(answer), "'none'", answer.body)
  })

  it("gives a frame's cookie only where the course has ancestors", async () => {
    const ticket = 'T'.repeat(43)
    const { expires: _, ...seat } = seatOf()
    for (const [ancestors, scope] of [
      [[lms], /SameSite=None; Secure; Partitioned$/],
      [[], /SameSite=Lax$/],
    ] as const) {
      const route = { ...routeOf(site.backend, { access: accessOf({ ancestors: [...ancestors] }) }) }
      site.hub.tickets.set(ticket, { seat: { ...seat, framed: true, kid: 'k1' }, to: '/user/ann/demo/lab', route })
      const seats = (await enter(ticket)).headers['set-cookie']?.filter((line) => line.startsWith('seat-label0001=v1.'))
      assert.equal(seats?.length, 1)
      assert.match(seats?.[0] ?? '', scope)
    }
  })

  it('sends a frame that did not keep its seat to the hub, which knows its session', async () => {
    await addServer([lms])
    const claimed = Buffer.from(JSON.stringify(['/user/ann/demo/lab?x=1', 0])).toString('base64url')
    for (const [to, expected] of [
      [`v1.k1.${claimed}.${'x'.repeat(43)}`, '/user/ann/demo/lab?x=1'],
      ['nonsense', '/user/ann/demo/'],
    ]) {
      const answer = await ask(site.proxy.urls[0], `/user/ann/demo/_carrel/seated?to=${to}`, { headers: inFrame })
      const location = `${hubUrl}/hub/tab?to=${encodeURIComponent(expected ?? '')}`
      assert.deepEqual([answer.status, answer.headers.location], [303, location])
    }
  })

  it('does not reveal an address to other sites', async () => {
    await addServer([lms])
    for (const [, , look] of pages) assert.equal((await look()).headers['referrer-policy'], 'same-origin')
    assert.equal((await enter('x'.repeat(43))).headers['referrer-policy'], 'same-origin')
  })
})
