import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: courses that others have replaced', () => {
  let database: TestDatabase
  let hub: TestHub

  beforeEach(async () => {
    database = await sqliteDatabase()
    const courses = {
      exam2026: { image: 'a', hidden: true, open: ['grace'], deprecated: { instead: 'open' } },
      open: { image: 'b' },
      old: { image: 'c', deprecated: { instead: 'exam2027' } },
      exam2027: { image: 'd', hidden: true, open: ['grace'], title: 'The exam of 2027' },
      tagged: {
        image: 'e',
        tags: { v1: { image: 'e:1', open: 'everyone' as const, deprecated: { instead: 'v2' } }, v2: { image: 'e:2' } },
      },
    }
    hub = await startTestHub({ database: database.url, config: { authenticators: visitorsAndPeople(), courses } })
  })
  afterEach(async () => {
    await hub.stop()
    await database.remove()
  })

  /** Returns what somebody who opens the link is told, with the name that was typed taken out. */
  const told = async (link: string, typed: string) => {
    const browser = hub.browser()
    browser.setNonce()
    const page = await browser.navigate(link)
    const posted = await browser.post('/hub/launches', { link })
    const { error, message } = posted.json()
    return [
      page.status,
      page.text.includes('2027') || page.text.includes('replaced'),
      posted.status,
      error,
      message.replace(typed, 'X'),
    ]
  }
  const unknown = [404, false, 404, 'unknown_course']

  attacks([
    {
      name: 'names a hidden course that an open one has replaced: the answer is that of a name that no course has',
      rule: 'opening',
      attempt: async () => {
        const [hidden, none] = [await told('/launch/exam2026', 'exam2026'), await told('/launch/zzz', 'zzz')]
        return [hidden.slice(0, 4), hidden[4] === none[4]]
      },
      expected: [unknown, true],
    },
    {
      name: 'names a course that a hidden one has replaced: learns nothing of that one',
      rule: 'opening',
      attempt: async () => (await told('/launch/old', 'old')).slice(0, 4),
      expected: unknown,
    },
    {
      name: 'names a tag that one for others has replaced',
      rule: 'opening',
      attempt: async () => (await told('/launch/tagged?tag=v1', 'v1')).slice(0, 4),
      expected: [400, false, 400, 'not_offered'],
    },
  ])
})
