import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { countRows, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const edx = 'https://edx.example.org'
const moodle = 'https://moodle.example.org'

describe('a learner of one LMS', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({
      config: {
        authenticators: [
          temporary(),
          lms({ issuer: 'edx', courses: ['algebra'], pages: [edx], signed: false }),
          lms({ issuer: 'moodle', courses: ['botany'], pages: [moodle], signed: false }),
        ],
        courses: {
          algebra: { image: 'algebra', embed: { ancestors: [edx] } },
          botany: { image: 'botany', embed: { ancestors: [moodle] } },
          staff: { image: 'staff' },
        },
      },
    })
  })
  afterEach(() => hub.stop())

  for (const [course, whose] of [
    ['staff', 'that no LMS may open'],
    ['botany', 'of another LMS, where another learner has the same id'],
  ]) {
    it(`cannot type a link to a course ${whose}`, async () => {
      const browser = hub.browser()
      await browser.enter('/ipythonExercice/algebra/a/7', { referer: `${edx}/` })
      const link = `/ipythonExercice/${course}/a/7`
      // The launch page changes nothing. Only a page of that course's LMS could prove who the learner is.
      const page = await browser.navigate(link)
      assert.doesNotMatch(page.text, /name="ticket"|data-launch="[^"]/)
      const answer = await browser.post('/hub/launches', { link })
      assert.deepEqual([answer.status, answer.json().error], [403, 'lms_needed'])
      assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 1 })
    })
  }

  it('is not created by a page of another LMS, although both may frame all courses', async () => {
    await hub.stop()
    hub = await startTestHub({
      config: {
        authenticators: [
          lms({ issuer: 'edx', courses: ['algebra'], pages: [edx], signed: false }),
          lms({ issuer: 'moodle', courses: ['botany'], pages: [moodle], signed: false }),
        ],
        courses: { algebra: { image: 'algebra' }, botany: { image: 'botany' } },
        embed: { ancestors: [edx, moodle, 'https://news.example.org'] },
      },
    })
    const link = '/ipythonExercice/botany/a/7'
    for (const site of [edx, 'https://news.example.org']) {
      const browser = hub.browser()
      const page = await browser.navigate(link, { referer: `${site}/`, 'sec-fetch-site': 'cross-site' })
      assert.match(page.text, /data-proof=""/)
      browser.setNonce()
      assert.equal((await browser.post('/hub/launches', { link })).status, 403)
    }
    const own = hub.browser()
    await own.enter(link, { referer: `${moodle}/` })
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('comes back by a link without its page where a wildcard stands for the LMS among the sites that may frame', async () => {
    await hub.stop()
    hub = await startTestHub({
      config: {
        authenticators: [lms({ issuer: 'edx', courses: ['algebra'], pages: [edx], signed: false })],
        courses: { algebra: { image: 'algebra', embed: { ancestors: ['https://*.example.org'] } } },
      },
    })
    const browser = hub.browser()
    await browser.enter('/ipythonExercice/algebra/a/7', { referer: `${edx}/` })
    await browser.enter('/ipythonExercice/algebra/b/7')
    assert.deepEqual(await countRows(hub.db, 'servers', 'users'), { servers: 1, users: 1 })
    const stranger = hub.browser()
    const page = await stranger.navigate('/ipythonExercice/algebra/a/7', { referer: `${moodle}/` })
    assert.match(page.text, /data-proof=""/)
  })

  it('can type a link to another notebook of a course that this LMS may open', async () => {
    const browser = hub.browser()
    await browser.enter('/ipythonExercice/algebra/a/7', { referer: `${edx}/` })
    await browser.enter('/ipythonExercice/algebra/b/7')
    assert.deepEqual(await countRows(hub.db, 'servers', 'users'), { servers: 1, users: 1 })
  })
})
