import assert from 'node:assert/strict'
import type { Authenticator } from '../../../authenticators/authenticator.ts'
import { oidc } from '../../../authenticators/oidc.ts'
import { password } from '../../../authenticators/password.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import type { HttpBrowser } from '../../helpers/test-hub.ts'
import { openAsGuest, openSchool, type School, schoolConfig, share } from '../../hub/access/guests/school.ts'
import { people } from '../../hub/people.ts'
import { attacks } from '../table.ts'

const secret = 'four plain short words'
const door = password({ shared: 'a door for everyone', name: 'door' })

describe('attack: a person who knows a shared password and chooses a name', () => {
  let database: TestDatabase
  let school: School
  const ways: Authenticator[] = [password({ shared: secret, name: 'class' })]
  const open = (admins = ['root', 'Świętosława'], asked = ways, more: Partial<ConfigInput> = {}) =>
    openSchool(database.url, {
      ...schoolConfig(more),
      admins,
      authenticators: [people, ...asked, temporary({ behind: door })],
    })
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await open()
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const signIn = async (username: string, given = secret, way = 'class') => {
    const browser = school.hub.browser()
    const { status, text } = await browser.submit(`/hub/login/${way}`, { username, password: given })
    return { browser, status, text }
  }
  const seen = async (browser: HttpBrowser) => {
    const pages = ['/hub/admin', '/hub/course/demo', '/hub/home']
    return Promise.all(pages.map(async (page) => (await browser.navigate(page)).status))
  }

  attacks([
    {
      name: 'chooses the name of an admin, of staff, or of a member of a group, also in other letters',
      rule: 'roles',
      async attempt() {
        const named = ['root', 'ROOT', ' Root ', 'ｒｏｏｔ', 'świętosława', 'grace', 'tina', 'carl', 'otto']
        const answers = await Promise.all(named.map((name) => signIn(name)))
        const kept = answers.every(({ text }) => /is kept for a person who looks after this site/.test(text))
        const users = await school.hub.db('users').where({ authenticator: 'class' }).select('name')
        return [answers.map(({ status }) => status), kept, users]
      },
      expected: [Array(9).fill(403), true, []],
    },
    {
      name: 'has chosen a name to which the config gives a role afterwards',
      rule: 'roles',
      async attempt() {
        const { browser } = await signIn('zed')
        const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
        const [token] = /carrel-user-[\w-]{43}/.exec(page.text) ?? []
        const before = await seen(browser)
        await school.hub.stop()
        school = await open(['zed'])
        const later = school.hub.browser()
        for (const [name, value] of browser.jar) later.jar.set(name, value)
        const { admin } = (await later.fetch('/hub/api/user', { headers: { authorization: `token ${token}` } })).json()
        return [before, await seen(later), admin, (await signIn('zed')).status]
      },
      expected: [[403, 403, 200], [403, 403, 200], false, 403],
    },
    {
      name: 'has chosen a name to which a config without the shared password gives a role',
      rule: 'roles',
      async attempt() {
        const { browser } = await signIn('zed')
        await school.hub.stop()
        school = await open(['zed'], [])
        const later = school.hub.browser()
        for (const [name, value] of browser.jar) later.jar.set(name, value)
        return seen(later)
      },
      expected: [403, 403, 200],
    },
    {
      name: 'is called by the name of a group of staff, by a provider that proves names',
      rule: 'roles',
      async attempt() {
        const { browser, status } = await signIn('group:tutors', 'right', 'local')
        return [status, await seen(browser)]
      },
      expected: [403, [302, 302, 302]],
    },
    {
      name: "chooses a name that only a course's list has",
      rule: 'opening',
      async attempt() {
        const { browser } = await signIn('zoe')
        const { courses } = schoolConfig()
        await school.hub.stop()
        school = await open(['root'], ways, { courses: { ...courses, listed: { image: 'listed', open: ['zoe'] } } })
        const later = school.hub.browser()
        for (const [name, value] of browser.jar) later.jar.set(name, value)
        const launch = await later.post('/hub/launches', { link: '/launch/listed' })
        return [launch.json().error, (await signIn('zoe')).status]
      },
      expected: ['course_for_others', 403],
    },
    {
      name: "is called by the name of a group of a course's list, by a provider that proves names",
      rule: 'opening',
      async attempt() {
        const { courses } = schoolConfig()
        const listed = {
          image: 'listed',
          open: ['group:colleagues'],
          tags: { next: { image: 'x', open: ['group:x'] } },
        }
        await school.hub.stop()
        school = await open(['root'], ways, { courses: { ...courses, listed } })
        const launch = async (name: string, link: string) => {
          const { browser } = await signIn(name, 'right', 'local')
          const answer = await browser.post('/hub/launches', { link })
          return answer.status === 201 ? 'opens' : answer.json().error
        }
        return [
          await launch('group:colleagues', '/launch/listed'),
          await launch('carl', '/launch/listed'),
          await launch('carl', '/launch/listed?tag=next'),
        ]
      },
      expected: ['course_needs_sign_in', 'opens', 'not_offered'],
    },
    {
      name: 'goes on with a session of a shared password that the config does not have any more',
      rule: 'opening',
      async attempt() {
        const { courses } = schoolConfig()
        const account = { courses: { ...courses, account: { image: 'account', open: 'signed-in' as const } } }
        const { browser } = await signIn('zed')
        const answers: unknown[] = []
        for (const asked of [ways, [password({ name: 'class' })], []]) {
          await school.hub.stop()
          school = await open(['root'], asked, account)
          const later = school.hub.browser()
          for (const [name, value] of browser.jar) later.jar.set(name, value)
          const answer = await later.post('/hub/launches', { link: '/launch/account' })
          answers.push(answer.status === 201 ? 'opens' : answer.json().error)
        }
        return answers
      },
      expected: ['opens', 'course_for_others', 'course_for_others'],
    },
    {
      name: 'has chosen a name before the authenticator of the same name proves names',
      rule: 'roles',
      async attempt() {
        const { browser } = await signIn('zed')
        const provider = { issuer: 'http://127.0.0.1:9', allowInsecureIssuer: true, clientId: 'carrel' }
        const seenBehind = []
        for (const way of [password({ name: 'class' }), oidc({ name: 'class', ...provider })]) {
          await school.hub.stop()
          school = await open(['zed'], [way])
          const later = school.hub.browser()
          for (const [name, value] of browser.jar) later.jar.set(name, value)
          const account = await school.hub.db('users').where({ name: 'zed' }).first('subject')
          seenBehind.push(await seen(later), account.subject)
        }
        return seenBehind
      },
      expected: [[403, 403, 200], 'chosen:zed', [403, 403, 200], 'chosen:zed'],
    },
    {
      name: 'chooses the name with which an owner shares a notebook',
      rule: 'guests',
      async attempt() {
        await share(school.ann, 'user', 'bob')
        const { browser, status } = await signIn('bob')
        return [status, (await openAsGuest(browser, school.server.path)).answer.status]
      },
      expected: [303, 403],
    },
    {
      name: 'chooses the name of an account of another way in, or of another kind',
      rule: 'identity',
      async attempt() {
        const answers = [await signIn('ann'), await signIn('lms:edx:7'), await signIn('group:tutors')]
        answers.push(await signIn('0f8fad5b-d9cb-469f-a165-70867728950e'))
        return answers.map(({ status }) => status)
      },
      expected: [409, 403, 403, 403],
    },
    {
      name: 'learns nothing of the password by a name that is refused',
      rule: 'enumeration',
      async attempt() {
        const wrong = await Promise.all(['root', 'ann', 'lms:edx:7', '', 'new'].map((name) => signIn(name, 'guess')))
        return [...new Set(wrong.map(({ status, text }) => `${status} ${/role="alert">([^<]*)/.exec(text)?.[1]}`))]
      },
      expected: ['403 The name or the password is not right. Try again.'],
    },
    {
      name: 'types a name at a gate that asks for none',
      rule: 'identity',
      async attempt() {
        const { text } = await school.hub.browser().navigate('/hub/login')
        const two = [
          await signIn('root', 'a door for everyone', 'door'),
          await signIn('', 'a door for everyone', 'door'),
        ]
        const users = await school.hub.db('users').where({ authenticator: 'temporary' }).select('kind')
        const persons = await school.hub.db('events').where({ kind: 'signed-in' }).select('detail')
        return [
          [/id="username-class"/.test(text), /id="username-door"/.test(text), /id="password-door"/.test(text)],
          two.map(({ status }) => status),
          users.map(({ kind }) => kind),
          JSON.stringify(persons).includes('root'),
        ]
      },
      expected: [[true, false, true], [303, 303], ['temporary', 'temporary'], false],
    },
    {
      name: 'finds a right or a wrong password in the log, the history or the database',
      rule: 'secrets',
      async attempt() {
        await signIn('new')
        await signIn('new', 'a mistyped secret')
        const rows = await Promise.all(['users', 'sessions', 'events'].map((table) => school.hub.db(table)))
        const all = school.hub.log.join('\n') + JSON.stringify(rows)
        return [all.includes(secret), all.includes('a mistyped secret')]
      },
      expected: [false, false],
    },
  ])

  it('is told on the form what a chosen name means', async () => {
    const { text } = await school.hub.browser().navigate('/hub/login')
    assert.match(text, /aria-describedby="about-class"/)
    assert.match(text, /<p id="about-class" class="quiet">Take the same name next time/)
  })
})
