import assert from 'node:assert/strict'
import { accessOf, ask, keptCookies, routeOf, seatOf, siteForEach, startSite } from '../world.ts'

const lms = 'https://lms.test'
const ticket = 'T'.repeat(43)

interface Urls {
  hubUrl: string
  serversUrl: string
}

/** Pairs of hosts, and whether a form of the hub brings a cookie of the servers' host along wherever the hub is. */
const sites: [string, Urls, boolean][] = [
  ['https', { hubUrl: 'https://hub.test', serversUrl: 'https://nb.example' }, true],
  ['a host for each server', { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' }, true],
  ['this machine', { hubUrl: 'http://127.0.0.1:8000', serversUrl: 'http://localhost:8000' }, true],
  ['http', { hubUrl: 'http://hub.test', serversUrl: 'http://nb.test' }, false],
]

describe('the next user of a browser', () => {
  const site = siteForEach({ route: false })

  for (const [where, urls, fromOtherSites] of sites) {
    describe(`with ${where}`, () => {
      let proxy: Awaited<ReturnType<typeof startSite>>
      beforeEach(async () => {
        proxy = await startSite(site.cleanup, site.hub, urls)
      })

      /** Has a user sit down, and returns the answer with the cookies that the browser then has. */
      async function sit(user: string, cookies = '', dest = 'document') {
        const { expires: _, ...seat } = seatOf({ user })
        const access = accessOf({ user, ancestors: [lms] })
        site.hub.tickets.set(ticket, {
          seat: { ...seat, kid: 'k1' },
          to: '/user/ann/demo/lab',
          route: routeOf(site.backend, { access }),
        })
        const answer = await ask(proxy.urls[0], '/_carrel/seat', {
          method: 'POST',
          host: new URL(urls.serversUrl.replace('*', access.label)).host,
          body: `ticket=${ticket}`,
          headers: {
            origin: urls.hubUrl,
            'content-type': 'application/x-www-form-urlencoded',
            'sec-fetch-dest': dest,
            ...(cookies !== '' && { cookie: cookies }),
          },
        })
        assert.equal(answer.status, 303)
        const setCookies = answer.headers['set-cookie'] ?? []
        const cleared = answer.headers['clear-site-data']
        return { cleared, setCookies, cookies: keptCookies(setCookies) }
      }
      const all = '"cache", "storage"'

      it('finds storage and caches empty, and the same user finds them full', async () => {
        const first = await sit('u1')
        assert.equal(first.cleared, all)
        const again = await sit('u1', first.cookies)
        assert.equal(again.cleared, undefined)
        const next = await sit('u2', again.cookies)
        assert.equal(next.cleared, all)
        assert.equal((await sit('u2', next.cookies)).cleared, undefined)
        assert.equal((await sit('u1', next.cookies)).cleared, all)
      })

      it('is told from the last one by a cookie that comes with forms of other sites, where browsers allow it', async () => {
        const { setCookies } = await sit('u1')
        const cookie = setCookies.find((one) => one.includes('last-user='))
        assert.match(cookie ?? '', fromOtherSites ? /; SameSite=None; Secure$/ : /; SameSite=Lax$/)
        const seat = setCookies.find((one) => /seat(-label0001)?=v1/.test(one))
        assert.match(seat ?? '', /; SameSite=Lax/, 'a cookie that lets someone in never comes with them')
      })

      it('is another one for a frame than for a tab, also where the two share their storage', async () => {
        const tab = await sit('u1')
        const frame = await sit('u2', tab.cookies, 'iframe')
        assert.equal(frame.cleared, all)
        assert.equal((await sit('u2', frame.cookies, 'iframe')).cleared, undefined)
        assert.equal((await sit('u1', `${tab.cookies}; ${frame.cookies}`)).cleared, all)
        assert.equal((await sit('u2', `${tab.cookies}; ${frame.cookies}`, 'iframe')).cleared, all)
        // The cookie of a tab alone says nothing of the storage of a frame.
        assert.equal((await sit('u1', tab.cookies, 'iframe')).cleared, all)
      })
    })
  }
})
