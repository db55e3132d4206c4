import assert from 'node:assert/strict'
import { countRows, launchPageData, lmsUrl, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const exercise = '/ipythonExercice/Python/a.ipynb/ann'
const framed = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/unit` }

/** Returns the hidden fields of the form that opens a tab. */
function tabForm(page: string): Record<string, string> {
  const form = /<form[^>]*target="_blank".*?<\/form>/s.exec(page)?.[0] ?? ''
  return Object.fromEntries(
    [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

describe('the button that opens a new tab', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub()
  })
  afterEach(() => hub.stop())

  it("carries an LMS page's proof once into a tab that has no cookie of the frame", async () => {
    const page = await hub.browser().navigate(exercise, framed)
    const fields = tabForm(page.text)
    assert.equal(fields.link, exercise)
    const tab = hub.browser()
    const begun = await tab.submit('/hub/launches', fields)
    assert.equal(begun.status, 303)
    assert.match(begun.cookies.join(), /^carrel=\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
    const [user] = await hub.db('users').select('name')
    assert.equal(user.name, 'lms:edx:ann')

    const again = await hub.browser().submit('/hub/launches', fields)
    assert.equal(again.status, 403)
    assert.match(again.text, /This button was used already/)
    assert.equal((await tab.submit('/hub/launches', fields)).status, 303, 'the tab that used it goes on')
    assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 1, servers: 1 })
  })

  it('is new with each load of the frame', async () => {
    const browser = hub.browser()
    const [one, two] = [await browser.navigate(exercise, framed), await browser.navigate(exercise, framed)]
    assert.notEqual(tabForm(one.text).code, tabForm(two.text).code)
    for (const page of [one, two]) {
      assert.equal((await hub.browser().submit('/hub/launches', tabForm(page.text))).status, 303)
    }
  })

  it('opens nothing for another link, from another site, or in place of the proof of a page', async () => {
    const page = await hub.browser().navigate(exercise, framed)
    const { code = '', link = '' } = tabForm(page.text)
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const refused = [
      await hub.browser().submit('/hub/launches', { code, link }, foreign),
      await hub.browser().submit('/hub/launches', { link, proof: code }),
      await hub.browser().submit('/hub/launches', { link, code: launchPageData(page.text).proof }),
      await hub.browser().submit('/hub/launches', { link: link.replace('ann', 'bob'), code }),
    ]
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 403],
    )
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 0 })
  })

  it('signs the user of the frame in, where the frame has one', async () => {
    const frame = hub.browser()
    await frame.enter(exercise, { framed: true, referer: `${lmsUrl}/` })
    const page = await frame.navigate(exercise, { 'sec-fetch-dest': 'iframe' })
    const tab = hub.browser()
    assert.equal((await tab.submit('/hub/launches', tabForm(page.text))).status, 303)
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions', 'servers'), { users: 1, sessions: 2, servers: 1 })
    assert.notEqual(tab.jar.get('carrel'), frame.jar.get('carrel'))

    for (const link of [exercise.replace('ann', 'bob'), '/tmplogin?course=demo']) {
      const { code = '' } = tabForm((await frame.navigate(exercise, { 'sec-fetch-dest': 'iframe' })).text)
      assert.equal((await hub.browser().submit('/hub/launches', { link, code })).status, 403, link)
    }
  })

  describe('of a frame that did not keep its seat', () => {
    const seatLost = async () => {
      const frame = hub.browser()
      const { ticket } = await frame.enter(exercise, { framed: true, referer: `${lmsUrl}/` })
      const { to } = (await redeem(hub, ticket)).json()
      return { frame, to, page: await frame.navigate(`/hub/tab?to=${encodeURIComponent(to)}`, framed) }
    }

    it('opens the same page of the same server in a tab', async () => {
      const { page, to } = await seatLost()
      assert.equal(page.status, 200)
      assert.match(String(page.headers['content-security-policy']), /frame-ancestors https:\/\/lms\.example\.org$/)
      const tab = hub.browser()
      const begun = await tab.submit('/hub/launches', tabForm(page.text))
      const id = String(begun.headers.location).split('/').at(-1) ?? ''
      const { ticket } = (await tab.post(`/hub/launches/${id}/ticket`)).json()
      assert.equal((await redeem(hub, ticket)).json().to, to)
    })

    it('names a page that no other site may open by itself', async () => {
      const { frame, to } = await seatLost()
      const path = /^\/user\/[^/]+\/[^/]+\//.exec(to)?.[0]
      const tabPage = (inside: string) => frame.navigate(`/hub/tab?to=${encodeURIComponent(path + inside)}`, framed)
      assert.match(
        (await tabPage('git-pull?repo=evil')).text,
        /This link opens &#34;git-pull\?repo=evil&#34; in your notebook/,
      )
      assert.doesNotMatch((await tabPage('lab/tree/a.ipynb')).text, /This link opens/)
    })

    it('opens nothing once the frame has signed out', async () => {
      const { frame, page } = await seatLost()
      await frame.submit('/hub/logout')
      const late = await hub.browser().submit('/hub/launches', tabForm(page.text))
      assert.equal(late.status, 403)
      assert.match(late.text, /This button was used already/)
    })

    it('is a plain link where the frame has no session either', async () => {
      const { to } = await seatLost()
      const page = await hub.browser().navigate(`/hub/tab?to=${encodeURIComponent(to)}`, framed)
      assert.match(page.text, / href="\/hub\/open\?to=[^"]+" target="_blank">Open in a new tab/)
    })
  })
})
