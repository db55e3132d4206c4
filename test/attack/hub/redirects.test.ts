import type { RedirectAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { type Answer, type HttpBrowser, hubUrl, serversUrl } from '../../helpers/test-hub.ts'
import { people } from '../../hub/people.ts'
import { ask, foreignLink, raw } from '../../proxy/world.ts'
import { type AttackSite, startAttackSite } from '../browser/site.ts'
import { type Attack, attacks } from '../table.ts'

const evil = 'evil.example'

/** Texts that some program takes for the address of another site. */
const places = [
  `https://${evil}/`,
  `HTTPS:${evil}`,
  `https:/${evil}`,
  `http:${evil}`,
  `//${evil}/`,
  `///${evil}/`,
  `////${evil}`,
  `/\\${evil}`,
  `\\\\${evil}`,
  `\\/${evil}`,
  `/\\/${evil}`,
  `/%5c${evil}`,
  `%2f%2f${evil}`,
  `/%2f${evil}`,
  `/%2f%2f${evil}`,
  `%252f%252f${evil}`,
  `/\t/${evil}`,
  `\t//${evil}`,
  `/\n/${evil}`,
  `/\r/${evil}`,
  `/\0/${evil}`,
  ` //${evil}`,
  `\u00a0//${evil}`,
  `//${evil}\0.hub.test`,
  `${hubUrl}@${evil}/`,
  `//hub.test@${evil}`,
  `/@${evil}`,
  `//hub.test:80@${evil}/`,
  `${hubUrl}.${evil}/`,
  `http://hub.test%2f@${evil}`,
  `http://hub.test\\@${evil}`,
  `http://hub.test#@${evil}`,
  `//${evil}#hub.test`,
  `//${evil}?hub.test`,
  `/\u2044/${evil}`,
  `\uff0f\uff0f${evil}`,
  `/\uff0f${evil}`,
  `/\u2215\u2215${evil}`,
  `/\ufe68${evil}`,
  `/../..//${evil}`,
  `/..//${evil}`,
  `/.//${evil}`,
  `/hub/..//${evil}`,
  `/;//${evil}`,
  `javascript:alert(1)`,
  `java\nscript:alert(1)`,
  `data:text/html,x`,
  `//[::1]/`,
  `//0x7f000001`,
  `/\u202e//${evil}`,
  `http://${evil}%23.hub.test/`,
  `.${evil}`,
  `@${evil}`,
  `:80@${evil}`,
]

/** Texts that begin with the hub's own address and go on with that of another site (CVE-2026-33709). */
const own = [
  `${hubUrl}//${evil}`,
  `${hubUrl}///${evil}/x`,
  `${hubUrl}/\\${evil}`,
  `${hubUrl}\\${evil}`,
  `${hubUrl}\\/${evil}`,
  `${hubUrl}/%2f${evil}`,
  `${hubUrl}/%5c${evil}`,
  `${hubUrl}/.//${evil}`,
  `${hubUrl}/hub/..//${evil}`,
  `${hubUrl.toUpperCase()}//${evil}`,
  `${hubUrl}:80//${evil}`,
  `//hub.test//${evil}`,
]

const provider: RedirectAuthenticator = {
  kind: 'redirect',
  name: 'provider',
  label: 'Sign in',
  begin: async () => ({ redirectTo: 'https://idp.example/', pending: {} }),
  finish: async () => ({ subject: 'ann', name: 'ann' }),
}

describe('attack: a link that leads elsewhere', () => {
  const cleanup = cleanupAfterAll()
  let site: AttackSite
  let signedIn: HttpBrowser
  before(async () => {
    site = await startAttackSite(cleanup, { config: { authenticators: [temporary(), people, provider] } })
    signedIn = site.browser()
    await signedIn.submit('/hub/login/local', { username: 'ann', password: 'right' })
  })

  /** Returns the foreign addresses to which a browser would go from this response, by itself or on the next click. */
  const leadsTo = (answer: { status: number; location: string | undefined; text: string }, at: string): string[] => {
    const links = [...answer.text.matchAll(/(?:href|action|src|data-link)="([^"]*)"/g)].map(([, link = '']) =>
      unescaped(link),
    )
    const refreshes = [...answer.text.matchAll(/content="\d+;\s*url=([^"]*)"/gi)].map(([, link = '']) =>
      unescaped(link),
    )
    return [...(answer.location === undefined ? [] : [answer.location]), ...links, ...refreshes]
      .filter((link) => !(URL.canParse(link, at) && [hubUrl, serversUrl].includes(new URL(link, at).origin)))
      .filter((link) => link !== 'https://idp.example/')
  }
  const left = async (path: string, asked: Promise<Answer>): Promise<string[]> => {
    const answer = await asked
    const location = answer.headers.location as string | undefined
    return leadsTo({ status: answer.status, location, text: answer.text }, hubUrl + path).map((to) => `${path}: ${to}`)
  }
  /** Returns the spellings of a parameter: unescaped (where a URL allows it), escaped, and escaped twice. */
  const spellings = (place: string) => [
    ...(/^[\x21-\x7e]*$/.test(place) && !/[&#]/.test(place) ? [place] : []),
    encodeURIComponent(place),
    encodeURIComponent(encodeURIComponent(place)),
  ]
  const each = async (make: (word: string) => Promise<string[]>) => {
    const found: string[] = []
    for (const word of places.flatMap(spellings)) found.push(...(await make(word)))
    return found
  }

  const table: Attack[] = [
    {
      name: 'names another site as `next` of the sign-in page, to a user who is signed in',
      rule: 'redirects',
      attempt: () => each((word) => left('/hub/login', signedIn.navigate(`/hub/login?next=${word}`))),
      expected: [],
    },
    {
      name: 'names it to a visitor who is not signed in, in the form and in the window of a frame',
      rule: 'redirects',
      attempt: () =>
        each(async (word) => [
          ...(await left('/hub/login', site.browser().navigate(`/hub/login?next=${word}`))),
          ...(await left(
            '/hub/window',
            site.browser().navigate(`/hub/window?challenge=${'A'.repeat(43)}&next=${word}`),
          )),
        ]),
      expected: [],
    },
    {
      name: 'names it as where to go on after a sign-out, before, at and after it',
      rule: 'redirects',
      attempt: async () => {
        const found = await each(async (word) => [
          ...(await left('/hub/logout', signedIn.navigate(`/hub/logout?next=${word}`))),
          ...(await left('/hub/logout', site.browser().navigate(`/hub/logout?next=${word}`))),
          ...(await left('/hub/signed-out', site.browser().navigate(`/hub/signed-out?next=${word}&state=${word}`))),
        ])
        for (const next of places) {
          const browser = site.browser()
          await browser.submit('/hub/login/local', { username: 'bob', password: 'right' })
          found.push(...(await left('/hub/logout', browser.submit('/hub/logout', { next }))))
        }
        return found
      },
      expected: [],
    },
    {
      name: 'CVE-2026-33709, jupyter_server 2.18: begins with our own address and goes on with another, at every page that goes on',
      rule: 'redirects',
      attempt: async () => {
        const found: string[] = []
        const goes = async (path: string, asked: Promise<Answer>) => {
          const { headers } = await asked
          const location = String(headers.location ?? '/')
          if (!/^\/(?![/\\])/.test(location) || location.includes(evil)) found.push(`${path}: ${location}`)
        }
        for (const word of own.flatMap(spellings)) {
          for (const browser of [signedIn, site.browser()]) {
            await goes(word, browser.navigate(`/hub/login?next=${word}`))
            await goes(word, browser.navigate(`/hub/open?to=${word}`))
            await goes(word, browser.navigate(`/hub/tab?to=${word}`))
          }
        }
        for (const next of own) {
          const form = { username: 'a', password: 'right', next }
          await goes(next, site.browser().submit('/hub/login/local', form))
        }
        return found
      },
      expected: [],
    },
    {
      name: 'sends it as a field of the sign-in',
      rule: 'redirects',
      attempt: async () => {
        const found: string[] = []
        for (const next of places) {
          found.push(
            ...(await left(
              '/x',
              site.browser().submit('/hub/login/local', { username: 'a', password: 'right', next }),
            )),
          )
        }
        return found
      },
      expected: [],
    },
    {
      name: 'has it remembered until the provider sends the browser back',
      rule: 'redirects',
      attempt: async () => {
        const found: string[] = []
        for (const next of places) {
          const browser = site.browser()
          await browser.submit('/hub/login/provider', { next })
          found.push(...(await left('/hub/oauth_callback', browser.navigate('/hub/oauth_callback?code=x'))))
        }
        return found
      },
      expected: [],
    },
    {
      name: 'says `next` twice, as a list and as an object',
      rule: 'redirects',
      attempt: async () => {
        const queries = [
          `next=/hub/home&next=//${evil}`,
          `next[]=//${evil}`,
          `next[a]=//${evil}`,
          `next=&next=//${evil}`,
        ]
        queries.push(`next%00=//${evil}`, `NEXT=//${evil}`, `next=/hub/home;next=//${evil}`, `next=/a%26next=//${evil}`)
        const found = []
        for (const query of queries) found.push(...(await left('/hub/login', signedIn.navigate(`/hub/login?${query}`))))
        return found
      },
      expected: [],
    },
    {
      name: 'names it as what to open: /hub/open, /hub/tab, /user',
      rule: 'redirects',
      attempt: () =>
        each(async (word) => [
          ...(await left('/hub/open', signedIn.navigate(`/hub/open?to=${word}`))),
          ...(await left('/hub/tab', signedIn.navigate(`/hub/tab?to=${word}`))),
          ...(await left('/user', signedIn.navigate(`/user/ann/demo/lab?next=${word}`))),
        ]),
      expected: [],
    },
    {
      name: 'names it as what JupyterHub’s addresses open: /hub/user-redirect, /hub/spawn, /hub/at, /hub/restart',
      rule: 'redirects',
      attempt: () =>
        each(async (word) => [
          ...(await left('/hub/user-redirect', signedIn.navigate(`/hub/user-redirect/${word}`))),
          ...(await left('/hub/at', signedIn.navigate(`/hub/at/demo/user-redirect/${word}`))),
          ...(await left('/hub/at', signedIn.navigate(`/hub/at/demo/${word}`))),
          ...(await left('/hub/at', signedIn.navigate(`/hub/at/${word}/spawn`))),
          ...(await left('/hub/spawn', signedIn.navigate(`/hub/spawn/${word}`))),
          ...(await left('/hub/spawn', signedIn.navigate(`/hub/at/demo/spawn?next=${word}`))),
          ...(await left('/hub/restart', signedIn.navigate(`/hub/restart?to=${word}`))),
        ]),
      expected: [],
    },
    {
      name: 'names it as a course, a notebook, a server',
      rule: 'redirects',
      attempt: () =>
        each(async (word) => [
          ...(await left('/tmplogin', signedIn.navigate(`/tmplogin?course=${word}`))),
          ...(await left('/tmplogin', signedIn.navigate(`/tmplogin?course=demo&notebook=${word}`))),
          ...(await left('/launch', signedIn.navigate(`/launch/demo/${word}`))),
        ]),
      expected: [],
    },
    {
      name: 'posts it as the link of a launch, without script',
      rule: 'redirects',
      attempt: async () => {
        const found: string[] = []
        for (const link of places) {
          found.push(
            ...(await left('/hub/launches', site.browser().submit('/hub/launches', { link, framed: 'false' }))),
          )
        }
        return found
      },
      expected: [],
    },
    {
      name: 'doubles slashes and writes other things where a path begins, at the hub and at the servers’ host',
      rule: 'redirects',
      attempt: async () => {
        const found: string[] = []
        const paths = [
          `//${evil}/`,
          `///${evil}`,
          `/\\${evil}`,
          `/%5c${evil}`,
          `//${evil}/%2e%2e`,
          `//${evil}/user/a/demo/`,
        ]
        paths.push(
          `/user//${evil}`,
          `/user/a//${evil}/..`,
          `//${evil}@nb.test/`,
          `/.//${evil}`,
          `//launch/demo`,
          `/hub//${evil}`,
        )
        paths.push(
          `/user/a/demo/_carrel/seated?to=//${evil}`,
          `/user/a/demo/_carrel/again?to=//${evil}`,
          `/_carrel/seat?to=//${evil}`,
          `http://${evil}/`,
          `//tmplogin?course=demo`,
        )
        for (const path of paths) {
          for (const host of ['hub.test', 'nb.test']) {
            const { headers, body } = await ask(site.proxies[0].urls[0], path, {
              host,
              headers: { ...foreignLink, accept: 'text/html' },
            })
            const answer = { status: 0, location: headers.location, text: body }
            found.push(...leadsTo(answer, `http://${host}${path}`).map((to) => `${host} ${path}: ${to}`))
          }
        }
        return found
      },
      expected: [],
    },
    {
      name: 'gives another host, and asks for a page that redirects',
      rule: 'redirects',
      attempt: async () => {
        const asked = (head: string) => raw(site.proxies[0].urls[0], `${head}\r\nconnection: close\r\n\r\n`)
        const answers = [
          await asked(`GET /hub HTTP/1.1\r\nhost: hub.test\r\nx-forwarded-host: ${evil}\r\nforwarded: host=${evil}`),
          await asked(`GET /hub HTTP/1.1\r\nhost: ${evil}`),
          await asked(`GET http://${evil}/hub HTTP/1.1\r\nhost: hub.test`),
          await asked(`GET /hub HTTP/1.0`),
        ]
        return answers.map((bytes) => [
          /^HTTP\/1.1 (\d+)/.exec(bytes)?.[1],
          /^location: (.*)$/im.exec(bytes)?.[1]?.trim(),
        ])
      },
      expected: [
        ['302', '/'],
        ['421', undefined],
        ['400', undefined],
        ['400', undefined],
      ],
    },
    {
      name: 'breaks a line in what becomes a Location',
      rule: 'header bytes',
      attempt: async () => {
        const answers = [
          await signedIn.navigate('/hub/login?next=/a%0d%0aset-cookie:%20carrel=x'),
          await signedIn.navigate('/hub/login?next=/a%250d%250aset-cookie:%20carrel=x'),
          await signedIn.navigate('/hub/open?to=/user/a/demo/%0d%0aset-cookie:%20carrel=x'),
          await site
            .browser()
            .submit('/hub/login/local', { username: 'a', password: 'right', next: '/a\r\nset-cookie: carrel=x' }),
        ]
        return answers.some(({ cookies }) => cookies.some((line) => /^carrel=x(;|$)/.test(line)))
      },
      expected: false,
    },
  ]
  attacks(table)
})

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}
