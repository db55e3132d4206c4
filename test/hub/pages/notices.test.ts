import assert from 'node:assert/strict'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

describe('a notice of what was done', () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({ config: { authenticators: [people] } })
  })
  after(() => hub.stop())

  const as = async (name: string): Promise<HttpBrowser> => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }
  /** Has this person stop a notebook, and returns the address of the page that says so. */
  const done = async (browser: HttpBrowser) => {
    await browser.enter('/launch/demo')
    const { id } = await hub.db('servers').orderBy('created', 'desc').first('id')
    return String((await browser.submit(`/hub/servers/${id}/stop`)).headers.location)
  }
  const says = async (browser: HttpBrowser, address: string) =>
    /class="notice"/.test((await browser.navigate(address)).text)

  it('is shown to the session that pressed the button, and on a reload of the page', async () => {
    const ann = await as('ann')
    const address = await done(ann)
    assert.deepEqual([await says(ann, address), await says(ann, address)], [true, true])
    assert.equal(await says(ann, '/hub/home'), false)
  })

  it('is shown to no other session, and not when it was changed or made up', async () => {
    const [eve, bob] = [await as('eve'), await as('bob')]
    const address = await done(eve)
    assert.equal(await says(bob, address), false)
    assert.equal(await says(await as('eve'), address), false)
    for (const forged of [`${address}x`, '/hub/home?notice=Your+work+is+gone', '/hub/home?notice=v1.k1.e30.x'])
      assert.equal(await says(eve, forged), false, forged)
    assert.equal(await says(eve, `${address}&notice=x`), false)
  })
})
