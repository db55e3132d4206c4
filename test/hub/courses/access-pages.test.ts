import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { type Maker, type MakersHub, startMakersHub } from './makers.ts'

describe('the page about what opens the repository of a course', () => {
  const cleanup = cleanupAfterEach()
  let hub: MakersHub
  let ann: Maker
  const address = '/hub/my-courses/own/access'
  const secret = 'glpat-a-secret-of-the-test'

  async function start(git: string): Promise<void> {
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    hub = await startMakersHub({ database: database.url })
    cleanup.defer(() => hub.stop())
    ann = await hub.maker('ann')
    const definition = { image: 'stats:3', content: { git, pullMinutes: false } }
    const made = await ann.ask('POST', '', { name: 'Own', definition })
    assert.equal(made.status, 201, made.text)
  }

  const page = async () => (await ann.browser.navigate(address)).text

  it('takes a token, says who gave it, and never shows it again', async () => {
    await start('https://git.example.org/own')
    assert.match(
      (await ann.browser.navigate('/hub/my-courses/own/content')).text,
      /href="\/hub\/my-courses\/own\/access"/,
    )
    const odd = await ann.browser.submit(`${address}/token`, { token: `${secret}\nx`, user: '<robot>' })
    assert.equal(odd.status, 400, odd.text)
    assert.match(odd.text, /role="alert">Nothing was changed\./)
    assert.match(odd.text, /id="user" name="user" value="&#60;robot&#62;"/)
    const given = await ann.browser.submit(`${address}/token`, { token: secret, user: 'robot' })
    assert.equal(given.status, 303)
    const shown = await page()
    assert.match(shown, /A token with the user name <code>robot<\/code> was given by ann, just now/)
    assert.match(shown, /class="notice">[^<]*git\.example\.org/)
    assert.doesNotMatch(shown, /type="password"/)
    const unasked = await ann.browser.submit(`${address}/token`, { token: `${secret}2` })
    assert.match(unasked.text, /Nothing was changed\. The repository has a key already/)
    const asks = (await ann.browser.navigate(`${address}/token`)).text
    assert.match(asks, /Replace the key of Own\?.*was given by ann/s)
    const replaced = await ann.browser.submit(`${address}/token`, { token: `${secret}2`, replaces: 'yes' })
    const told = (await ann.browser.navigate(String(replaced.headers.location))).text
    assert.match(told, /The token is given\. It does not open the repository\./)
    for (const text of [odd.text, shown, asks, told, hub.log.join()]) assert.doesNotMatch(text, new RegExp(secret))
    assert.match((await ann.browser.navigate(`${address}/remove`)).text, /Remove the key of the repository\?/)
    await ann.browser.submit(`${address}/remove`, {})
    assert.match(await page(), /No key is given/)
  })

  it('makes a deploy key, whose public half alone is shown', async () => {
    await start('git@git.example.org:own')
    assert.equal((await ann.browser.submit(`${address}/pair`, {})).status, 303)
    const shown = await page()
    assert.match(shown, /<textarea id="public"[^>]*>\nssh-ed25519 AAAA/)
    assert.doesNotMatch(shown, /PRIVATE KEY/)
    assert.match(shown, /Look at the host/)
    assert.match((await ann.browser.submit(`${address}/pair`, {})).text, /has a key already/)
    assert.match((await ann.browser.navigate(`${address}/pair`)).text, /in the place of the present key\?/)
    assert.equal((await ann.browser.submit(`${address}/pair`, { replaces: 'yes' })).status, 303)
    assert.notEqual(/ssh-ed25519 \S+/.exec(await page())?.[0], /ssh-ed25519 \S+/.exec(shown)?.[0])
  })

  it('makes an address for pushes, and shows it and its secret this once', async () => {
    await start('https://git.example.org/own')
    const made = (await ann.browser.submit(`${address}/hook`, {})).text
    const [, hook = ''] = /id="address" readonly value="[^"]*\/hub\/hooks\/([\w-]{43})"/.exec(made) ?? []
    const [, key = ''] = /id="secret" readonly value="([\w-]+)"/.exec(made) ?? []
    assert.ok(hook !== '' && key !== '', made)
    const later = await page()
    assert.match(later, /An address was made by ann, just now\. It was not called yet\./)
    assert.ok(!later.includes(hook) && !later.includes(key))
    await ann.browser.submit(`${address}/hook/remove`, {})
    assert.match(await page(), /Make an address/)
  })

  it('is for those who may change the course, and for buttons of the hub alone', async () => {
    await start('https://git.example.org/own')
    const { browser } = await hub.maker('carl')
    for (const path of ['', '/remove', '/hook/remove'])
      assert.equal((await browser.navigate(`${address}${path}`)).status, 403)
    for (const path of ['/token', '/pair', '/host', '/confirm', '/hook', '/remove', '/hook/remove']) {
      assert.equal((await browser.submit(`${address}${path}`, { token: secret })).status, 403, path)
      const foreign = await ann.browser.submit(
        `${address}${path}`,
        { token: secret },
        { 'sec-fetch-site': 'cross-site' },
      )
      assert.equal(foreign.status, 403, path)
    }
    assert.deepEqual(await hub.db('git_keys'), [])
  })
})
