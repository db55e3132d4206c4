import { createHook } from 'node:async_hooks'
import { password } from '../../../../authenticators/password.ts'
import { openStore } from '../../../../hub/db/accounts/entries.ts'
import { openDatabase } from '../../../../hub/db/database.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { lookInto, secrets, serversUrl } from '../../../helpers/test-hub.ts'
import { first, type Office, openOffice, second, useLink } from '../../../hub/access/accounts/office.ts'
import { attacks } from '../../table.ts'

describe('attack: accounts with passwords, and the links by which they get one', () => {
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

  const everything = async () => {
    const db = lookInto(database.url)
    const rows = await Promise.all(['entries', 'users', 'sessions', 'events'].map((table) => db(table)))
    await db.destroy()
    return JSON.stringify(rows) + office.hub.log.join('\n')
  }
  const keyIn = (link: string) => new URLSearchParams(link.slice(link.indexOf('?') + 1)).get('key') ?? ''

  attacks([
    {
      name: 'uses a link again, and a link that a newer one has replaced',
      rule: 'passwords',
      async attempt() {
        const old = await office.add('ann')
        await office.api('POST', '/ann/link', {})
        const replaced = await useLink(office.hub.browser(), old, second)
        const link = await office.add('bob')
        const tries = [
          await useLink(office.hub.browser(), link, first),
          await useLink(office.hub.browser(), link, second),
        ]
        const letIn = [await office.signIn('bob', first), await office.signIn('bob', second)]
        return [replaced.status, tries.map(({ status }) => status), letIn.map(({ status }) => status)]
      },
      expected: [403, [200, 403], [303, 403]],
    },
    {
      name: 'presses the button of one link in two browsers at once',
      rule: 'passwords',
      async attempt() {
        const link = await office.add('ann')
        const tries = await Promise.all([first, second].map((typed) => useLink(office.hub.browser(), link, typed)))
        const letIn = [await office.signIn('ann', first), await office.signIn('ann', second)]
        const won = tries.map(({ status }) => status === 200)
        return [tries.map(({ status }) => status).sort(), letIn.every(({ status }, at) => (status === 303) === won[at])]
      },
      expected: [[200, 403], true],
    },
    {
      name: 'takes the key of its own link to another account, or to none',
      rule: 'passwords',
      async attempt() {
        await office.addWithPassword('ann')
        const own = keyIn(await office.add('eve'))
        const forged = ['ann', 'ghost', 'root', 'a\0b', 'x'.repeat(300)].map(
          (name) => `?${new URLSearchParams({ way: 'password', name, key: own })}`,
        )
        const answers = await Promise.all(forged.map((link) => useLink(office.hub.browser(), link, second)))
        return [
          answers.map(({ status }) => status),
          new Set(answers.map(({ text }) => text)).size,
          (await office.signIn('ann', first)).status,
        ]
      },
      expected: [[403, 403, 403, 403, 403], 1, 303],
    },
    {
      name: 'is a scanner of mails that opens the link before its person does',
      rule: 'passwords',
      async attempt() {
        const link = await office.add('ann')
        const scanner = office.hub.browser()
        for (const method of ['GET', 'HEAD', 'GET']) await scanner.fetch(link, { method })
        return (await useLink(office.hub.browser(), link, first)).status
      },
      expected: 200,
    },
    {
      name: 'guesses keys of a link',
      rule: 'limits',
      async attempt() {
        const link = await office.add('ann')
        const from = { 'x-carrel-proxy-auth': secrets.proxyToken, 'x-forwarded-for': '192.0.2.1' }
        const wrong = link.replace(keyIn(link), 'x'.repeat(43))
        const statuses: number[] = []
        for (let count = 0; count < 12; count += 1) {
          statuses.push((await office.hub.browser().navigate(wrong, from)).status)
        }
        return [statuses.filter((status) => status === 403).length, statuses.at(-1)]
      },
      expected: [10, 429],
    },
    {
      name: 'has another site’s page, or a learner’s notebook, set a password',
      rule: 'own pages',
      async attempt() {
        await office.addWithPassword('ann')
        const { browser } = await office.signIn('ann', first)
        const link = await office.add('bob')
        const foreign = { origin: serversUrl, 'sec-fetch-site': 'cross-site' }
        const form = { current: first, password: second, again: second }
        return [
          (await useLink(office.hub.browser(), link, first, foreign)).status,
          (await browser.submit('/hub/password', form, foreign)).status,
          (await office.root.submit('/hub/admin/accounts', { way: 'password', names: 'eve' }, foreign)).status,
          (await office.root.submit('/hub/admin/accounts/ann/remove', { way: 'password' }, foreign)).status,
          (await office.signIn('ann', first)).status,
          (await useLink(office.hub.browser(), link, first)).status,
        ]
      },
      expected: [403, 403, 403, 403, 303, 200],
    },
    {
      name: 'stays signed in when the password changes, by a stolen session',
      rule: 'passwords',
      async attempt() {
        await office.addWithPassword('ann')
        const { browser: thief } = await office.signIn('ann', first)
        const link = (await office.api('POST', '/ann/link', {})).json().link
        const before = (await thief.navigate('/hub/home')).status
        await useLink(office.hub.browser(), link, second)
        return [before, (await thief.navigate('/hub/home')).status, (await office.signIn('ann', first)).status]
      },
      expected: [200, 302, 403],
    },
    {
      name: 'asks for names by what a wrong password costs',
      rule: 'enumeration',
      async attempt() {
        await office.addWithPassword('ann')
        await office.add('bob')
        const { db, close } = await openDatabase(`${database.url}-copy`)
        const authenticator = password().open?.({ store: openStore(db, 'password'), now: async () => 0 })
        await authenticator?.accounts?.add('ann')
        await authenticator?.accounts?.setPassword('ann', first)
        await authenticator?.accounts?.add('bob')
        const jobs: string[] = []
        const hook = createHook({ init: (_id, type) => void (/REQUEST$/.test(type) && jobs.push(type)) })
        const jobsOf = async (name: string) => {
          jobs.length = 0
          hook.enable()
          await authenticator?.authenticate(name, 'a wrong password')
          hook.disable()
          return jobs.filter((type) => /ARGON2|DERIVE/.test(type)).length
        }
        const counts = [await jobsOf('ann'), await jobsOf('bob'), await jobsOf('ghost'), await jobsOf('lms:x')]
        await close()
        const answers = await Promise.all(['ann', 'bob', 'ghost', 'lms:x'].map((name) => office.signIn(name, second)))
        return [counts, new Set(answers.map(({ status, text }) => `${status} ${text}`)).size]
      },
      expected: [[1, 1, 1, 1], 1],
    },
    {
      name: 'looks for passwords and keys of links in the log, the history and the database',
      rule: 'secrets',
      async attempt() {
        const link = await office.add('ann')
        await office.hub.browser().navigate(link)
        await useLink(office.hub.browser(), link, first)
        await office.api('PUT', '/ann/password', { password: second })
        await office.api('PUT', '/ann/password', { wrong: 'a planted secret' })
        await office.signIn('ann', 'a mistyped secret')
        const text = await everything()
        const wanted = [first, second, keyIn(link), 'a planted secret', 'a mistyped secret']
        return wanted.filter((secret) => text.includes(secret))
      },
      expected: [],
    },
    {
      name: 'is no admin, and asks for accounts, links and pages',
      rule: 'roles',
      async attempt() {
        await office.addWithPassword('eve')
        const { browser } = await office.signIn('eve', first)
        const { text } = await browser.submit('/hub/token', { note: 'x', days: '1' })
        const [token] = /carrel-user-[\w-]{43}/.exec(text) ?? []
        const calls: [string, string][] = [
          ['GET', ''],
          ['POST', ''],
          ['POST', '/eve/link'],
          ['PUT', '/eve/password'],
          ['DELETE', '/eve'],
        ]
        const answers = await Promise.all(
          calls.map(([method, path]) =>
            browser.fetch(`/hub/api/accounts${path}`, {
              method,
              headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
              ...(method !== 'GET' && { body: '{}' }),
            }),
          ),
        )
        const page = await browser.navigate('/hub/admin/accounts')
        return [[...new Set(answers.map(({ status }) => status))], page.status]
      },
      expected: [[403], 403],
    },
  ])
})
