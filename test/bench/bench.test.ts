import assert from 'node:assert/strict'
import { summary, table } from '../../bench/figures.ts'
import { peerRequests, peerStart } from '../../bench/launch/peer-log.ts'
import { launchRequests, readLines } from '../../bench/launch/share.ts'

describe('what the benchmark reads out of logs', () => {
  const hub = readLines(
    [
      { msg: 'request', request: 'culler', path: '/hub/api/users', milliseconds: 100 },
      { msg: 'request', request: 'link', path: '/tmplogin', milliseconds: 1.5 },
      { msg: 'launched', request: 'link' },
      { msg: 'request', request: 'seat', path: '/hub/api/seats', milliseconds: 4 },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  )
  const visit = (request: string, by: 'hub' | 'proxy' | 'server', path: string, own: number, waited = 0) => ({
    msg: 'request',
    method: 'GET',
    request,
    by,
    path,
    proxyMilliseconds: own,
    hubMilliseconds: waited,
  })
  const page = '/user/ann/demo/lab/tree/a.ipynb'

  it('counts what the browser asked of hub and proxy, and the first request for the page without the server', () => {
    const proxy = [
      visit('health', 'proxy', '/_carrel/health', 50),
      visit('culler', 'hub', '/hub/api/users', 50, 100),
      visit('link', 'hub', '/tmplogin', 0.5, 3),
      visit('seat', 'proxy', '/_carrel/seat', 1, 5),
      visit('seated', 'proxy', '/user/ann/demo/_carrel/seated', 2),
      visit('page', 'server', page, 0.25),
      visit('page again', 'server', page, 50),
      visit('script', 'server', '/user/ann/demo/static/lab/main.js', 50),
    ]
    assert.deepEqual(launchRequests(hub, proxy, page), [
      { what: 'GET /tmplogin', ownMilliseconds: 2, waitedMilliseconds: 3.5 },
      { what: 'GET /_carrel/seat', ownMilliseconds: 5, waitedMilliseconds: 6 },
      { what: 'GET /user/…/demo/_carrel/seated', ownMilliseconds: 2, waitedMilliseconds: 2 },
      { what: 'GET /user/…/demo/lab/tree/a.ipynb', ownMilliseconds: 0.25, waitedMilliseconds: 0.25 },
    ])
  })

  it("leaves out of JupyterHub's log what waits for the server or belongs to it", () => {
    const line = (text: string) => `[I 2026-01-01 12:00:00.000 JupyterHub log:192] ${text}`
    const user = '0023656f-2f7b-44f2-a9a2-eb04e24d4a07'
    const lines = [
      line(`302 GET /hub/tmplogin?next=%2F -> /hub/user-redirect (${user}@127.0.0.1) 38.39ms`),
      line(`302 GET /hub/spawn/${user}?next=x -> /hub/spawn-pending (${user}@127.0.0.1) 1014.00ms`),
      line('200 GET /hub/api (@127.0.0.1) 1.16ms'),
      line(`200 GET /hub/api/users/${user}/server/progress?_xsrf=[secret] (${user}@127.0.0.1) 4151.85ms`),
      `[I 2026-01-01 12:00:03.000 JupyterHub base:1192] User ${user} took 2.500 seconds to start`,
      line(`200 POST /hub/api/oauth2/token (${user}@127.0.0.1) 438.50ms`),
      `[I 2026-01-01 12:00:03.000 ServerApp] 200 GET /user/${user}/api (@127.0.0.1) 3.74ms`,
    ]
    assert.deepEqual(peerRequests(lines), [
      { what: 'GET /hub/tmplogin', ownMilliseconds: 38.39 },
      { what: 'GET /hub/spawn/…', ownMilliseconds: 14 },
      { what: 'POST /hub/api/oauth2/token', ownMilliseconds: 438.5 },
    ])
    assert.equal(peerStart(lines, user), 2500)
    assert.equal(peerStart(lines, 'somebody-else'), undefined)
  })

  it('sums up rounds', () => {
    const { median, min, max } = summary([30, 10, 20, 41])
    assert.deepEqual({ median, min, max }, { median: 25, min: 10, max: 41 })
    assert.equal(
      table('cold', [{ what: 'page', values: [1.25, 1234.5, 3] }]),
      'cold  median ms   min..max  rounds\npage        3.0  1.3..1235       3',
    )
  })
})
