import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type Browser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const exercise = '/ipythonExercice/Python/a.ipynb/ann'

onEachDatabase('a sign-out during which something is created', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => hub?.stop())

  /** Returns the hidden fields of the form that opens a tab. */
  const tabForm = async (frame: Browser) => {
    const { text } = await frame.navigate(exercise, { 'sec-fetch-dest': 'iframe' })
    const form = /<form[^>]*target="_blank".*?<\/form>/s.exec(text)?.[0] ?? ''
    const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)]
    return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
  }
  const atHome = async (browser: Browser) => (await browser.navigate('/hub/home')).status === 200

  it('everywhere leaves no session that a tab opens meanwhile', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const frame = hub.browser()
      await frame.enter(exercise, { framed: true, referer: `${lmsUrl}/` })
      const forms = await Promise.all(Array.from({ length: 30 }, () => tabForm(frame)))
      // The submissions are spread over the time of the sign-out, so that some are at each of their steps then.
      const tabs = forms.map(async (fields, place) => {
        const tab = hub.browser()
        await sleep(place * 2)
        await tab.submit('/hub/launches', fields)
        return tab
      })
      await sleep(25)
      assert.equal((await frame.submit('/hub/logout', { everywhere: 'true' })).status, 200)
      const left = await Promise.all((await Promise.all(tabs)).map(atHome))
      assert.equal(left.filter(Boolean).length, 0)
      assert.deepEqual(await hub.db('sessions').select('hash').whereNotNull('user'), [])
    }
  })

  it('of a temporary user leaves no API token that is made meanwhile', async () => {
    const browser = hub.browser()
    await browser.enter('/tmplogin?course=demo')
    const copy = () => {
      const one = hub.browser()
      one.jar.set('carrel', browser.jar.get('carrel') ?? '')
      return one
    }
    const made = Array.from({ length: 30 }, async (_, place) => {
      await sleep(place * 2)
      const page = await copy().submit('/hub/token', { note: 'x', days: '1' })
      return /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
    })
    await sleep(25)
    await copy().submit('/hub/logout')
    const answers = (await Promise.all(made)).map((token) =>
      hub.browser().fetch('/hub/api/user', { headers: { authorization: `token ${token}` } }),
    )
    assert.deepEqual(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([403]))
    assert.deepEqual(await hub.db('tokens').select('id'), [])
  })
})
