import { password } from '../../../../authenticators/password.ts'
import { temporary } from '../../../../authenticators/temporary.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { lookInto, secrets, serversUrl } from '../../../helpers/test-hub.ts'
import { type Office, openOffice, signInLink, useSignInLink } from '../../../hub/access/accounts/office.ts'
import { people } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: links that sign in', () => {
  let database: TestDatabase
  let office: Office
  beforeEach(async () => {
    database = await sqliteDatabase()
    office = await openOffice(database.url)
  })
  afterEach(async () => {
    await office.hub.stop()
    await database.remove()
  })

  const keyIn = (link: string) => new URLSearchParams(link.slice(link.indexOf('?') + 1)).get('key') ?? ''
  /** Returns the statuses of the button of a link, and of the home page after it. */
  const press = async (link: string, headers?: Record<string, string>, browser = office.hub.browser()) => [
    (await useSignInLink(browser, link, headers)).status,
    (await browser.navigate('/hub/home')).status,
  ]

  attacks([
    {
      name: 'uses a link that signs in a second time, and one that a newer one has replaced',
      rule: 'passwords',
      async attempt() {
        await office.add('ann')
        const [replaced, link] = [await signInLink(office.hub, 'ann'), await signInLink(office.hub, 'ann')]
        return [await press(replaced), await press(link), await press(link)]
      },
      expected: [
        [403, 302],
        [303, 200],
        [403, 302],
      ],
    },
    {
      name: 'uses a link that signs in after its time',
      rule: 'passwords',
      async attempt() {
        await office.add('ann')
        const link = await signInLink(office.hub, 'ann')
        const db = lookInto(database.url)
        const [entry] = await db('entries').where({ key: 'account:ann' })
        const value = JSON.parse(entry.value)
        const minutes = Math.ceil((value.signIn.ends - Date.now()) / 60_000)
        value.signIn.ends = Date.now() - 1
        await db('entries')
          .where({ key: 'account:ann' })
          .update({ value: JSON.stringify(value) })
        await db.destroy()
        return [minutes <= 15, (await office.hub.browser().navigate(link)).status, await press(link)]
      },
      expected: [true, 403, [403, 302]],
    },
    {
      name: 'takes the key of its own link to another account, or guesses one',
      rule: 'passwords',
      async attempt() {
        await office.add('ann')
        await office.add('eve')
        const own = keyIn(await signInLink(office.hub, 'eve'))
        await signInLink(office.hub, 'ann')
        const forged = ['ann', 'root', 'ghost', 'a\0b', 'x'.repeat(300)].map(
          (name) => `/hub/sign-in-link?${new URLSearchParams({ way: 'password', name, key: own })}`,
        )
        const answers = await Promise.all(forged.map((link) => useSignInLink(office.hub.browser(), link)))
        const from = { 'x-carrel-proxy-auth': secrets.proxyToken, 'x-forwarded-for': '192.0.2.1' }
        const guess = `/hub/sign-in-link?${new URLSearchParams({ way: 'password', name: 'ann', key: 'x'.repeat(43) })}`
        const statuses: number[] = []
        for (let count = 0; count < 12; count += 1) {
          statuses.push((await office.hub.browser().navigate(guess, from)).status)
        }
        return [
          [...new Set(answers.map(({ status }) => status))],
          new Set(answers.map(({ text }) => text)).size,
          statuses.filter((status) => status === 403).length,
          statuses.at(-1),
        ]
      },
      expected: [[403], 1, 10, 429],
    },
    {
      name: 'has a page of another site, or of a learner’s notebook, press the button of a link that signs in',
      rule: 'own pages',
      async attempt() {
        await office.add('ann')
        const link = await signInLink(office.hub, 'ann')
        const foreign = { origin: serversUrl, 'sec-fetch-site': 'cross-site' }
        return [await press(link, foreign), await press(link)]
      },
      expected: [
        [403, 302],
        [303, 200],
      ],
    },
    {
      name: 'loads a link that signs in beforehand, or shows its page in a frame',
      rule: 'by hand',
      async attempt() {
        await office.add('ann')
        const link = await signInLink(office.hub, 'ann')
        const scanner = office.hub.browser()
        for (const method of ['GET', 'HEAD', 'GET']) await scanner.fetch(link, { method })
        const { headers } = await scanner.navigate(link)
        const policy = String(headers['content-security-policy'])
        return [
          /frame-ancestors 'none'/.test(policy),
          headers['referrer-policy'],
          headers['cache-control'],
          (await scanner.navigate('/hub/home')).status,
          await press(link),
        ]
      },
      expected: [true, 'no-referrer', 'no-store', 302, [303, 200]],
    },
    {
      name: 'makes a link that signs in, as an admin over the network or as a learner',
      rule: 'roles',
      async attempt() {
        await office.add('ann')
        const answer = await office.api('POST', '/ann/sign-in-link', {})
        const anyone = await office.hub.browser().fetch('/hub/api/accounts/ann/sign-in-link', { method: 'POST' })
        return [answer.status, anyone.status]
      },
      expected: [403, 403],
    },
    {
      name: 'looks for the key of a link that signs in, in the log, the history and the database',
      rule: 'secrets',
      async attempt() {
        await office.add('ann')
        const link = await signInLink(office.hub, 'ann')
        await office.hub.browser().navigate(link)
        await press(link)
        await press(link)
        const db = lookInto(database.url)
        const rows = await Promise.all(['entries', 'users', 'sessions', 'events'].map((table) => db(table)))
        await db.destroy()
        const events = rows.flat().filter(({ kind }) => kind === 'sign-in-link-made').length
        return [(JSON.stringify(rows) + office.hub.log.join('\n')).includes(keyIn(link)), events]
      },
      expected: [false, 1],
    },
    {
      name: 'has a link that signs in end a visitor’s work unsaid',
      rule: 'by hand',
      async attempt() {
        await office.hub.stop()
        office = await openOffice(database.url, { authenticators: [password(), people, temporary()] })
        await office.add('ann')
        const link = await signInLink(office.hub, 'ann')
        const visitor = office.hub.browser()
        await visitor.enter('/tmplogin?course=demo')
        const { text } = await visitor.navigate(link)
        const before = (await visitor.navigate('/hub/home')).text.includes('ann')
        return [/no way back/.test(text), before, (await press(link, {}, visitor))[0]]
      },
      expected: [true, false, 303],
    },
  ])
})
