import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lms } from '../../../authenticators/lms.ts'
import { password } from '../../../authenticators/password.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { type HttpBrowser, launchPageData, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

const secret = 'four plain short words'
const door = password({ shared: 'a door for everyone', name: 'door' })
const shown = { embed: { ancestors: [lmsUrl] }, staff: ['grace', 'group:tutors'] }
const courses = {
  everyone: { image: 'x', open: 'everyone' as const, ...shown },
  account: { image: 'x', open: 'signed-in' as const, ...shown },
  list: { image: 'x', open: ['ann', 'group:physics'], ...shown },
  elsewhere: { image: 'x', open: 'everyone' as const, ...shown },
}

/** Returns the rows of the table in the docs: the first words of each cell by the name of the user. */
function documented(): Map<string, string[]> {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/operating.md'), 'utf8')
  const [, table = ''] = text.split("| user | `'everyone'` (default) | `'signed-in'` | a list of names and groups |\n")
  const rows = table.split('\n\n')[0]?.split('\n').slice(1) ?? []
  return new Map(
    rows.map((row) => {
      const [name = '', ...cells] = row.split('|').slice(1, -1)
      return [name.trim(), cells.map((cell) => /\w+/.exec(cell)?.[0] ?? '')]
    }),
  )
}

describe('each cell of the table in docs/operating.md of who may open what', () => {
  let hub: TestHub | undefined
  afterEach(async () => hub?.stop())

  const start = async (gate?: typeof door) => {
    const ways = [people, password({ shared: secret, name: 'class' }), temporary(gate && { behind: gate })]
    const school = lms({ issuer: 'edx', courses: ['everyone', 'account', 'list'], pages: [lmsUrl], signed: false })
    hub = await startTestHub({
      config: {
        authenticators: [...ways, school],
        admins: ['root'],
        groups: { physics: ['paul'], tutors: ['tina'] },
        courses,
      },
    })
    return hub
  }
  const as = async (running: TestHub, username: string, way = 'local', given = 'right') => {
    const browser = running.browser()
    assert.equal((await browser.submit(`/hub/login/${way}`, { username, password: given })).status, 303)
    return browser
  }
  const opens = async (browser: HttpBrowser, course: string) => {
    browser.setNonce()
    const { status } = await browser.post('/hub/launches', { link: `/launch/${course}` })
    assert.ok(status === 201 || status === 403, `${course}: ${status}`)
    return status === 201
  }
  const all = async (browser: HttpBrowser) => [
    await opens(browser, 'everyone'),
    await opens(browser, 'account'),
    await opens(browser, 'list'),
  ]
  const ofLearner = async (running: TestHub, course: string) => {
    const browser = running.browser()
    const link = `/ipythonExercice/${course}/a/0123`
    const page = await browser.navigate(link, { referer: `${lmsUrl}/course`, 'sec-fetch-site': 'cross-site' })
    if (page.status === 403) return false
    browser.setNonce()
    const { status } = await browser.post('/hub/launches', { link, proof: launchPageData(page.text).proof })
    assert.ok(status === 201 || status === 403, `${course}: ${status}`)
    return status === 201
  }

  const rows: [user: string, gate: typeof door | undefined, of: (running: TestHub) => Promise<boolean[][]>][] = [
    [
      'a person, who has signed in with a name',
      undefined,
      async (running) => [
        await all(await as(running, 'ann')),
        await all(await as(running, 'paul')),
        await all(await as(running, 'ben')),
      ],
    ],
    [
      'a person with a shared password (`password({ shared })`)',
      undefined,
      async (running) => [await all(await as(running, 'zoe', 'class', secret))],
    ],
    [
      'a learner who comes from an LMS',
      undefined,
      async (running) => {
        assert.equal(await ofLearner(running, 'elsewhere'), false, 'a course that the LMS does not open')
        const found: boolean[] = []
        for (const course of ['everyone', 'account', 'list']) found.push(await ofLearner(running, course))
        return [found]
      },
    ],
    ['a temporary user', undefined, async (running) => [await all(running.browser())]],
    [
      'a temporary user behind a gate (`temporary({ behind })`)',
      door,
      async (running) => [await all(await as(running, 'ann', 'door', 'a door for everyone'))],
    ],
    [
      'staff of the course, and admins',
      undefined,
      async (running) => [
        await all(await as(running, 'grace')),
        await all(await as(running, 'tina')),
        await all(await as(running, 'root')),
      ],
    ],
  ]

  it('is tested here', () => {
    assert.deepEqual(
      [...documented().keys()],
      rows.map(([user]) => user),
    )
  })

  for (const [user, gate, of] of rows) {
    it(`is true for ${user}`, async () => {
      const found = await of(await start(gate))
      const words = [0, 1, 2].map((column) => {
        const answers = found.map((row) => row[column])
        return answers.every((yes) => yes) ? 'yes' : answers.some((yes) => yes) ? 'who' : 'no'
      })
      assert.deepEqual(words, documented().get(user))
    })
  }
})
