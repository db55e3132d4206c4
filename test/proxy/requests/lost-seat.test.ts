import assert from 'node:assert/strict'
import {
  ask,
  cookieOf,
  foreignLink,
  hubUrl,
  openWebSocket,
  outcome,
  ownPage,
  seatOf,
  serversUrl,
  siteForEach,
} from '../world.ts'

const server = '/user/ann/demo/'

describe('a notebook that is open in a tab whose seat is gone', () => {
  const site = siteForEach()
  const kernel = `${server}api/kernels/2f1c1c4e-6d63-4c4d-9a7e-0d7f7a1b2c3d`

  const lost: [string, string | undefined, string, RegExp][] = [
    ['after a sign-out', cookieOf(seatOf({ user: 'u2' })), 'seat_ended', /^You are signed out of this notebook/],
    ['when it has expired', cookieOf(seatOf({ expires: Date.now() - 1 })), 'seat_expired', /^You were away for long/],
    ['when the browser has deleted it', undefined, 'seat_missing', /^This browser cannot use this notebook/],
    ['after a new start of the server', cookieOf(seatOf({ run: 2 })), 'seat_invalid', /has been started anew/],
    ['when there are several', `${cookieOf()}; ${cookieOf()}`, 'seat_ambiguous', /Delete the cookies of this site/],
  ]
  for (const [when, cookie, code, words] of lost) {
    it(`shows plain words ${when}: on saving, and in place of a kernel that has died`, async () => {
      const headers = { ...ownPage, ...(cookie !== undefined && { cookie }) }
      const saving = await ask(site.proxy.urls[0], `${server}api/contents/a.ipynb`, { headers, method: 'PUT' })
      const { error, message } = JSON.parse(saving.body)
      assert.deepEqual([saving.status, error], [403, code])
      assert.match(message, words)
      const asked = await ask(site.proxy.urls[0], kernel, { headers })
      const { id, name, execution_state: state, reason } = JSON.parse(asked.body)
      assert.deepEqual([asked.status, id, name, state], [200, kernel.split('/').at(-1), '', 'dead'])
      assert.equal(reason, message)
      assert.equal(asked.headers['cache-control'], 'no-store')
      assert.deepEqual(site.backend.requests, [])
    })
  }

  it('says where to sign in, in lines that fit into a dialog', async () => {
    const { body } = await ask(site.proxy.urls[0], `${server}api/sessions`, { headers: ownPage })
    const lines = (JSON.parse(body).message as string).split('\n')
    assert.ok(lines.includes(hubUrl))
    assert.ok(lines.every((line) => line.length <= 42))

    const headers = { ...ownPage, 'accept-language': 'fr' }
    const french = await ask(site.proxy.urls[0], `${server}api/sessions`, { headers })
    const { message } = JSON.parse(french.body) as { message: string }
    assert.match(message, /^Ce navigateur ne peut plus utiliser/)
    assert.ok(message.split('\n').every((line) => line.length <= 42))
  })

  it('is told so by its own pages’ requests only: others are refused as before', async () => {
    const others: [string, object][] = [
      [kernel, { headers: { ...ownPage, 'sec-fetch-site': 'cross-site' } }],
      [kernel, { headers: { ...ownPage, 'sec-fetch-site': 'same-site' } }],
      [kernel, { headers: { accept: '*/*' } }],
      [kernel, { headers: { accept: '*/*', referer: `${serversUrl}.evil.example/` } }],
      [kernel, { headers: ownPage, method: 'DELETE' }],
      [`${kernel}/restart`, { headers: ownPage, method: 'POST' }],
      [`${server}api/kernels`, { headers: ownPage }],
      [`${server}api/kernels/<b>`, { headers: ownPage }],
      [`${server}api/kernels/${'x'.repeat(65)}`, { headers: ownPage }],
      [`${server}lab/api/kernels/x`, { headers: ownPage }],
    ]
    for (const [path, request] of others) {
      const { status, body } = await ask(site.proxy.urls[0], path, request)
      assert.deepEqual([status, JSON.parse(body).error], [403, 'seat_missing'], path)
    }
    const socket = openWebSocket(site.proxy.urls[0], `${kernel}/channels`, { origin: serversUrl })
    assert.equal(await outcome(socket), 403)
    const byReferer = { accept: '*/*', referer: `${serversUrl}${server}lab` }
    assert.equal((await ask(site.proxy.urls[0], kernel, { headers: byReferer })).status, 200, 'an old browser')
    assert.deepEqual(site.backend.requests, [])
  })
})

describe('the sign-out of the program in a server', () => {
  const site = siteForEach()
  const leaves = `${hubUrl}/hub/logout?next=${encodeURIComponent(`/hub/open?to=${encodeURIComponent(server)}`)}`
  const navigation = { ...ownPage, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' }
  const seated = { cookie: cookieOf() }

  it('leads to the hub’s page, which asks, from the program’s menu, from a link and without a seat', async () => {
    const ways: Record<string, string>[] = [
      { ...navigation, ...seated },
      { ...navigation, 'sec-fetch-dest': 'iframe', ...seated },
      { ...navigation, 'sec-fetch-site': 'none', ...seated },
      { ...foreignLink, ...seated },
      { accept: 'text/html', referer: `${serversUrl}${server}lab`, ...seated },
      navigation,
    ]
    for (const headers of ways) {
      for (const path of ['logout', 'logout/', 'logout?_xsrf=1', '%6cogout']) {
        const answer = await ask(site.proxy.urls[0], server + path, { headers })
        assert.deepEqual([answer.status, answer.headers.location], [303, leaves], path)
      }
    }
    assert.deepEqual(site.backend.requests, [])
  })

  it('is left to programs and scripts, and no other page is taken for it', async () => {
    for (const [path, headers] of [
      ['logout', { ...ownPage, ...seated }],
      ['logout/x', { ...navigation, ...seated }],
      ['lab/logout', { ...navigation, ...seated }],
      ['logouts', { ...navigation, ...seated }],
    ] as const) {
      assert.equal((await ask(site.proxy.urls[0], server + path, { headers })).status, 200, path)
    }
    assert.equal(site.backend.requests.length, 4)
  })
})
