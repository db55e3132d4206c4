import type { Page, Request } from 'playwright-core'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { attacks } from '../table.ts'
import { deskAttacks, openDeskPage } from './desk-attacks.ts'
import { hostileConfig } from './hostile-config.ts'

/** Runs servers of hostile learners, each on a host of its own, one of them with the strip, and a site of an attacker, all in one browser. */
describe('attack: pages in a browser that has seats', function () {
  this.timeout(300_000)
  /** Pages of the two servers, and their addresses up to the path's end. */
  let demo: Page
  let evil: Page
  let demoUrl: string
  let evilUrl: string
  let page: Page
  let desk: Page
  let deskUrl = ''

  const stage = stageForAll({
    needs: ['chromium'],
    hosts: 'own',
    sites: ['attacker'],
    config: () => hostileConfig(['demo', 'evil', 'desk']),
  })

  before(async () => {
    ;[demo, demoUrl] = await open('demo')
    ;[evil, evilUrl] = await open('evil')
    page = await stage.browser.context.newPage()
    const link = `${stage.carrel.hubUrl}/tmplogin?course=desk`
    ;[desk, deskUrl] = await openDeskPage(await stage.browser.context.newPage(), link)
  })

  async function open(course: string): Promise<[Page, string]> {
    const opened = await stage.browser.context.newPage()
    await opened.goto(`${stage.carrel.hubUrl}/tmplogin?course=${course}`)
    await opened.waitForURL((url) => stage.carrel.isServer(url) && !url.pathname.includes('_carrel'), {
      timeout: 120_000,
    })
    return [opened, /^https:\/\/[^/]+\/user\/[^/]+\/[^/]+\//.exec(opened.url())?.[0] ?? '']
  }

  interface Seen {
    method: string
    url: string
    headers: Record<string, string>
  }
  /** Returns the requests that a server got since the last call. */
  const marks = new Map<Page, number>()
  const seenBy = async (server: Page): Promise<Seen[]> => {
    const url = server === demo ? demoUrl : evilUrl
    const all = await server.evaluate(async (from) => (await fetch(from)).json(), `${url}seen`)
    const fresh = all.slice(marks.get(server) ?? 0)
    marks.set(server, all.length)
    return fresh
  }
  /** Runs a script in a page, and returns the requests that reached the demo server. */
  const against = async (from: Page, act: (target: { demo: string; hub: string }) => unknown): Promise<string[]> => {
    await seenBy(demo)
    await from.evaluate(act, { demo: demoUrl, hub: stage.carrel.hubUrl })
    return (await seenBy(demo)).map(({ method, url }) => `${method} ${url}`)
  }
  const onSite = async (html = '') => {
    stage.site('attacker').show(html)
    await page.goto(stage.site('attacker').origin)
    return page
  }
  /** Opens a page of the evil server, with these headers and this body. */
  const openEvil = (body: string, head: Record<string, string> = {}) =>
    evil.goto(
      `${evilUrl}respond?${new URLSearchParams({ head: JSON.stringify(head), body: `<!doctype html>${body}` })}`,
    )
  /** Returns which user the hub sees: the status of its home page, and the number of servers on it. */
  const whoAmI = async () => {
    const own = await stage.browser.context.newPage()
    const answer = await own.goto(`${stage.carrel.hubUrl}/hub/home`)
    const links = await own.locator('a[href*="/stop"]').count()
    await own.close()
    return `${answer?.status()} ${links} servers`
  }
  const stillSeated = () => demo.evaluate(async (url) => (await fetch(`${url}x`)).status, demoUrl)
  const socketTo = (url: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`${url.replace('https:', 'wss:')}ws`)
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('refused')
    })

  attacks(deskAttacks({ evil: () => evil, desk: () => desk, deskUrl: () => deskUrl }, false))

  attacks([
    {
      name: "another site's page fetches, beacons, and loads every kind of thing from a server",
      rule: 'row 5d',
      attempt: async () =>
        against(await onSite(), async ({ demo: url }) => {
          const init = { credentials: 'include', mode: 'no-cors' } as const
          const send = (path: string, more: RequestInit) =>
            fetch(url + path, { ...init, ...more }).catch(() => undefined)
          await Promise.all([
            send('a', {}),
            send('b', { method: 'POST', body: '{}' }),
            send('c', { method: 'POST', body: new URLSearchParams({ a: '1' }) }),
            send('d', { mode: 'cors' }),
            send('e', { mode: 'cors', method: 'DELETE' }),
          ])
          const beaconed = new Promise<void>((resolve) => {
            new PerformanceObserver((list) => {
              if (list.getEntriesByName(`${url}f`).length > 0) resolve()
            }).observe({ type: 'resource', buffered: true })
          })
          navigator.sendBeacon(`${url}f`, 'x')
          await beaconed
          const elements: [string, string][] = [
            ['img', 'src'],
            ['script', 'src'],
            ['audio', 'src'],
            ['embed', 'src'],
            ['object', 'data'],
          ]
          await Promise.all(
            elements.map(([tag, attribute]) => {
              const element = document.createElement(tag)
              const over = new Promise((resolve) => {
                element.onerror = resolve
                element.onload = resolve
              })
              element.setAttribute(attribute, `${url}${tag}`)
              document.body.append(element)
              return over
            }),
          )
        }),
      expected: [],
    },
    {
      name: "another site's form posts to a server, in every encoding",
      rule: 'row 5d',
      attempt: async () => {
        await seenBy(demo)
        for (const type of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
          await onSite(
            `<form method="post" action="${demoUrl}api/kernels" enctype="${type}"><button>win</button></form>`,
          )
          await Promise.all([
            page.waitForResponse((answer) => answer.url().startsWith(demoUrl)),
            page.getByText('win').click(),
          ])
        }
        return (await seenBy(demo)).length
      },
      expected: 0,
    },
    {
      name: "another site's page opens a WebSocket to a server",
      rule: 'row 5a',
      attempt: async () => (await onSite()).evaluate(socketTo, demoUrl),
      expected: 'refused',
    },
    {
      name: "another site's page frames a server, and the hub",
      rule: 'out: frame-ancestors',
      attempt: async () => {
        await seenBy(demo)
        const refusals: string[] = []
        const listen = (message: { text(): string }) => {
          if (message.text().includes('frame-ancestors')) refusals.push(message.text())
        }
        page.on('console', listen)
        await onSite(`<iframe src="${demoUrl}lab"></iframe><iframe src="${stage.carrel.hubUrl}/hub/home"></iframe>`)
        while (refusals.length < 2) await page.waitForEvent('console')
        page.off('console', listen)
        return (await seenBy(demo)).length
      },
      expected: 0,
    },
    {
      name: "another site's page prefetches a server and an entry link",
      rule: 'navigation only',
      attempt: async () => {
        const launches = () => stage.carrel.query<{ count: number }>('select count(*) as count from launches')
        const before = await launches()
        await seenBy(demo)
        const over = (url: string) => {
          const isIt = (request: Request) => request.url() === url
          return Promise.race([page.waitForEvent('requestfinished', isIt), page.waitForEvent('requestfailed', isIt)])
        }
        const both = Promise.all([over(`${demoUrl}a`), over(`${stage.carrel.hubUrl}/tmplogin?course=demo`)])
        await onSite(
          `<link rel="prefetch" href="${demoUrl}a"><link rel="prefetch" href="${stage.carrel.hubUrl}/tmplogin?course=demo">
           <img src="${stage.carrel.hubUrl}/tmplogin?course=demo"><link rel="prerender" href="${stage.carrel.hubUrl}/launch/evil">`,
        )
        await both
        await page.waitForLoadState('networkidle')
        return [(await seenBy(demo)).length, JSON.stringify(await launches()) === JSON.stringify(before)]
      },
      expected: [0, true],
    },
    {
      name: "another site's page signs the browser out, stops a server and reads the hub's pages",
      rule: 'own pages',
      attempt: async () => {
        await onSite(`<form method="post" action="${stage.carrel.hubUrl}/hub/logout"><button>win</button></form>`)
        const read = await page.evaluate(async (hub) => {
          const init = { credentials: 'include' } as const
          const send = (path: string, more: RequestInit = {}) =>
            fetch(hub + path, { ...init, ...more }).then(
              () => 'read',
              () => 'not read',
            )
          return [await send('/hub/home'), await send('/hub/logout', { method: 'POST' }), await send('/hub/api/user')]
        }, stage.carrel.hubUrl)
        await Promise.all([
          page.waitForResponse((answer) => answer.url().includes('logout')),
          page.getByText('win').click(),
        ])
        return [read, await whoAmI()]
      },
      expected: [Array(3).fill('not read'), '200 3 servers'],
    },
    {
      name: 'another site opens a page of the hub and keeps a hand on it',
      rule: 'own pages',
      attempt: async () => {
        await onSite()
        const [popup] = await Promise.all([
          stage.browser.context.waitForEvent('page'),
          page.evaluate((hub) => {
            Object.assign(window, { held: window.open(`${hub}/hub/home`) })
          }, stage.carrel.hubUrl),
        ])
        await popup.waitForLoadState()
        const held = await page.evaluate(() => (window as unknown as { held: Window }).held.closed)
        const opener = await popup.evaluate(() => window.opener === null)
        await popup.close()
        return [held, opener]
      },
      expected: [true, true],
    },
    {
      name: "another site's page plants a ticket",
      rule: 'tickets',
      attempt: async () => {
        const action = `${new URL(demoUrl).origin}/_carrel/seat`
        await onSite(
          `<form method="post" action="${action}"><input name="ticket" value="${'x'.repeat(43)}"><button>win</button></form>`,
        )
        const answered = page.waitForResponse((answer) => answer.url() === action)
        await page.getByText('win').click()
        return (await answered).status()
      },
      expected: 403,
    },
    {
      name: "a server's page reads cookies: neither the session nor a seat",
      rule: 'seat cookie',
      attempt: async () => {
        await openEvil('')
        return evil.evaluate(() => document.cookie)
      },
      expected: '',
    },
    {
      name: "a server's page acts at the hub, which is the same site",
      rule: 'own pages',
      attempt: async () => {
        await openEvil('')
        const read = await evil.evaluate(async (hub) => {
          const send = (path: string, init: RequestInit = {}) =>
            fetch(hub + path, { credentials: 'include', ...init }).then(
              () => 'read',
              () => 'not read',
            )
          await send('/hub/logout', { method: 'POST', mode: 'no-cors' })
          return [await send('/hub/home'), await send('/hub/launches', { method: 'POST', body: '{}' })]
        }, stage.carrel.hubUrl)
        return [read, await whoAmI()]
      },
      expected: [['not read', 'not read'], '200 3 servers'],
    },
    {
      name: "a server's page acts at the same learner's other server",
      rule: 'row 5d',
      attempt: async () => {
        await openEvil('')
        return against(evil, async ({ demo: url }) => {
          const send = (init: RequestInit) =>
            fetch(`${url}a`, { credentials: 'include', ...init }).catch(() => undefined)
          await send({})
          await send({ mode: 'no-cors', method: 'POST', body: 'x' })
          await send({ method: 'PUT', headers: { 'x-xsrftoken': 'x' } })
        })
      },
      expected: [],
    },
    {
      name: "a server's page opens a WebSocket to the other one",
      rule: 'row 5a',
      attempt: async () => {
        await openEvil('')
        return evil.evaluate(socketTo, demoUrl)
      },
      expected: 'refused',
    },
    {
      name: "a server's page frames the other one and the hub",
      rule: 'out: frame-ancestors',
      attempt: async () => {
        const refusals: string[] = []
        const listen = (message: { text(): string }) => {
          if (message.text().includes('frame-ancestors')) refusals.push(message.text())
        }
        evil.on('console', listen)
        await openEvil(`<iframe src="${demoUrl}x"></iframe><iframe src="${stage.carrel.hubUrl}/hub/home"></iframe>`)
        while (refusals.length < 2) await evil.waitForEvent('console')
        evil.off('console', listen)
        return refusals.length
      },
      expected: 2,
    },
    {
      name: 'a server registers a service worker for its host',
      rule: 'out: Service-Worker-Allowed',
      attempt: async () => {
        await openEvil('', { 'Service-Worker-Allowed': '/' })
        return evil.evaluate(async (url) => {
          const head = JSON.stringify({ 'content-type': 'text/javascript', 'service-worker-allowed': '/' })
          const script = `${url}respond?head=${encodeURIComponent(head)}&body=${encodeURIComponent('//')}`
          const register = (scope: string) =>
            navigator.serviceWorker.register(script, { scope }).then(
              () => 'registered',
              () => 'refused',
            )
          return [await register('/'), await register('/user/'), await register(url)]
        }, evilUrl)
      },
      expected: ['refused', 'refused', 'refused'],
    },
    {
      name: "a server's answer throws out cookies and storage",
      rule: 'out: Clear-Site-Data',
      attempt: async () => {
        await openEvil('', { 'Clear-Site-Data': '"*"' })
        return [
          await whoAmI(),
          await stillSeated(),
          await evil.evaluate(async (url) => (await fetch(`${url}x`)).status, evilUrl),
        ]
      },
      expected: ['200 3 servers', 200, 200],
    },
    {
      name: 'CVE-2024-28233: a server tosses cookies that read like ours, by header and by script: no user becomes another',
      rule: 'session',
      attempt: async () => {
        const parent = new URL(evilUrl).hostname.replace(/^[^.]+\./, '')
        await openEvil('', { 'Set-Cookie': `__Http-seat-x=1; Domain=${parent}; Path=/; Secure; HttpOnly` })
        await evil.evaluate((domain) => {
          for (const name of [
            'carrel',
            '__Host-Http-carrel',
            '__Host-Http-seat',
            '__Http-seat',
            'carrel-first',
            'seat-x',
          ]) {
            for (const scope of ['', `; Domain=${domain}`, '; Domain=localhost']) {
              document.cookie = `${name}=${'x'.repeat(43)}; Path=/; Secure${scope}`
            }
          }
        }, parent)
        return [await whoAmI(), await stillSeated()]
      },
      expected: ['200 3 servers', 200],
    },
    {
      name: 'the requests that servers got hold no session, no seat and no ticket',
      rule: 'in: our cookies',
      attempt: async () => {
        marks.clear()
        const all = JSON.stringify([await seenBy(demo), await seenBy(evil)])
        const kept = (await stage.browser.context.cookies()).filter(({ name }) =>
          /^__(Host|Http)-.*(carrel|seat)/.test(name),
        )
        return [
          kept.length > 2,
          kept.some(({ value }) => value.length > 20 && all.includes(value)),
          /ticket=/.test(all),
        ]
      },
      expected: [true, false, false],
    },
    {
      name: 'a server fills the jar of its whole domain: at worst no user gets in, and none as another user',
      rule: 'seat cookie',
      attempt: async () => {
        const parent = new URL(evilUrl).hostname.replace(/^[^.]+\./, '')
        await openEvil('')
        await evil.evaluate((domain) => {
          for (let index = 0; index < 300; index += 1) {
            document.cookie = `fill-${index}=${'x'.repeat(3000)}; Domain=${domain}; Path=/; Secure`
          }
        }, parent)
        // The hub has another host: its cookies may be pushed out of the jar, but no others are sent to it.
        const hub = await whoAmI()
        // A header that is too long ends the connection.
        const answer = await stillSeated().catch(() => 431)
        return [/^200 [03] servers$/.test(hub), [200, 403, 431].includes(answer)]
      },
      expected: [true, true],
    },
  ])
})
