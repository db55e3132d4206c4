import { password } from '../../../../authenticators/password.ts'
import type { ConfigInput } from '../../../../config/config.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { type HttpBrowser, launchPageData, lmsUrl } from '../../../helpers/test-hub.ts'
import { openSchool, type School, schoolConfig } from '../../../hub/access/guests/school.ts'
import { attacks } from '../../table.ts'

const secret = 'four plain short words'
const more = (word: string) => ({
  env: { WORD: word },
  options: { mounts: ['/solutions'] },
  limits: { memory: '64G' },
  cull: 'never' as const,
})
const rules: ConfigInput['rules'] = [
  { when: { role: ['admin', 'staff'] }, ...more('role') },
  { when: { group: ['tutors', 'colleagues'] }, ...more('group') },
  { when: { name: ['zed', 'zoe'] }, ...more('name') },
]

describe('attack: a user who wants the settings of others', () => {
  let database: TestDatabase
  let school: School
  const open = (given = rules, config: Partial<ConfigInput> = {}) => {
    const { authenticators = [] } = schoolConfig()
    return openSchool(database.url, {
      authenticators: [...authenticators, password({ shared: secret, name: 'class' })],
      rules: given,
      ...config,
    })
  }
  beforeEach(async () => {
    database = await sqliteDatabase()
    school = await open()
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const signIn = async (username: string, way = 'local') => {
    const browser = school.hub.browser()
    const given = way === 'local' ? 'right' : secret
    const { status } = await browser.submit(`/hub/login/${way}`, { username, password: given })
    return { browser, status }
  }
  /** Returns the rule by which the newest server was started, and what it gave. */
  const last = () => {
    const spec = [...school.hub.world.objects.values()].at(-1)?.spec
    return spec?.env.WORD ?? (spec?.options === undefined && spec?.limits.memory === 2 ** 31 ? 'none' : 'some')
  }
  const enter = async (browser: HttpBrowser, link = '/launch/other') => {
    await browser.enter(link)
    return last()
  }
  const putInto = (user: string, lists: Record<string, string[]>) =>
    school.hub
      .db('users')
      .where({ name: user })
      .update({ group_lists: JSON.stringify(lists) })

  attacks([
    {
      name: 'has the settings only by a sign-in that proves the name',
      rule: 'roles',
      async attempt() {
        const words: string[] = []
        for (const name of ['root', 'otto', 'tina', 'carl', 'zoe', 'ben']) {
          words.push(await enter((await signIn(name)).browser))
        }
        return words
      },
      expected: ['role', 'role', 'group', 'group', 'name', 'none'],
    },
    {
      name: 'chooses a name that only a rule has, also in other letters',
      rule: 'roles',
      async attempt() {
        const names = ['zoe', 'ZOE', ' Zoe ', 'ｚｏｅ', 'zed']
        const answers = await Promise.all(names.map((name) => signIn(name, 'class')))
        return answers.map(({ status }) => status)
      },
      expected: [403, 403, 403, 403, 403],
    },
    {
      name: 'has chosen a name of which a rule speaks afterwards',
      rule: 'roles',
      async attempt() {
        await school.hub.stop()
        school = await open([])
        const { browser } = await signIn('zed', 'class')
        await school.hub.stop()
        school = await open()
        const later = school.hub.browser()
        for (const [name, value] of browser.jar) later.jar.set(name, value)
        return enter(later)
      },
      expected: 'none',
    },
    {
      name: 'comes from an LMS under the name of staff, or of a member of a group',
      rule: 'roles',
      async attempt() {
        const words: string[] = []
        for (const id of ['grace', 'tina', 'zoe', 'group:tutors']) {
          const [browser, link] = [school.hub.browser(), `/ipythonExercice/demo/a/${encodeURIComponent(id)}`]
          const page = await browser.navigate(link, { referer: `${lmsUrl}/course`, 'sec-fetch-site': 'cross-site' })
          browser.setNonce()
          const posted = await browser.post('/hub/launches', { link, proof: launchPageData(page.text).proof })
          const { state } = await browser.follow(posted.json().launch)
          words.push(`${state} ${last()}`)
        }
        return words
      },
      expected: Array(4).fill('ready none'),
    },
    {
      name: 'asks for them in a link, in a form of a launch, or by the API',
      rule: 'roles',
      async attempt() {
        const wanted =
          'role=staff&group=tutors&cull=never&options=%7B%22mounts%22%3A%5B%22%2Fsolutions%22%5D%7D&memory=64G'
        const visitor = await enter(school.hub.browser(), `/launch/other?${wanted}`)
        const { browser } = await signIn('ben')
        const [token] =
          /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text) ?? []
        const statuses: number[] = []
        for (const body of [{ options: { mounts: ['/solutions'] } }, { cull: 'never' }, { role: 'staff' }]) {
          const { status } = await school.hub.browser().fetch('/hub/api/users/ben/servers/other', {
            method: 'POST',
            headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
          statuses.push(status)
        }
        return [visitor, statuses]
      },
      expected: ['none', [400, 400, 400]],
    },
    {
      name: 'is in a group that no authenticator of the config is asked for, or that an imported file has and that gives a role',
      rule: 'roles',
      async attempt() {
        const words: string[] = []
        for (const lists of [{ local: ['tutors'] }, { gone: ['tutors'] }, { '@import': ['tutors'] }]) {
          const { browser } = await signIn('ben')
          await putInto('ben', lists)
          words.push(await enter(browser))
          await school.hub.stop()
          school = await open()
          await school.hub
            .db('servers')
            .where({ user: await school.userId('ben') })
            .delete()
        }
        return words
      },
      expected: ['none', 'none', 'none'],
    },
    {
      name: 'is called by the name of a group, by a provider that proves names',
      rule: 'roles',
      async attempt() {
        const { browser } = await signIn('ben')
        await school.hub.db('users').where({ name: 'ben' }).update({ name: 'group:colleagues' })
        return enter(browser)
      },
      expected: 'none',
    },
    {
      name: 'has staff start the server',
      rule: 'roles',
      async attempt() {
        const { browser } = await signIn('root')
        const [token] =
          /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text) ?? []
        await signIn('ben')
        await school.hub.browser().fetch('/hub/api/users/ben/servers/other', {
          method: 'POST',
          headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
          body: '{}',
        })
        return last()
      },
      expected: 'none',
    },
  ])
})
