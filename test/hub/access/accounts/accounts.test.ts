import assert from 'node:assert/strict'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { first, type Office, openOffice, pathOf, second, useLink } from './office.ts'

onEachDatabase('accounts with passwords', (makeDatabase) => {
  let office: Office
  beforeEach(async () => {
    office = await openOffice(await makeDatabase())
  })
  afterEach(() => office.hub.stop())

  it('are made by the API, get a password by a link, and open notebooks', async () => {
    const answer = await office.api('POST', '', { names: ['ann', ' Bob ', 'ann'] })
    assert.equal(answer.status, 201)
    const { accounts, existing } = answer.json()
    assert.deepEqual([accounts.map(({ name }: { name: string }) => name), existing], [['ann', 'bob'], []])
    const link = pathOf(accounts[0].link)
    const page = await office.hub.browser().navigate(link)
    assert.match(page.text, /<h1>Choose your password<\/h1>/)
    assert.equal(page.headers['referrer-policy'], 'no-referrer')
    assert.equal((await useLink(office.hub.browser(), link, first)).status, 200)
    const { browser, status } = await office.signIn('Ann', first)
    assert.equal(status, 303)
    assert.match((await browser.navigate('/hub/home')).text, /<a href="\/hub\/password">Change your password<\/a>/)
    await browser.enter('/launch/demo')
    const list = (await office.api('GET', '?limit=1')).json()
    assert.deepEqual(list, {
      authenticator: 'password',
      accounts: [{ name: 'ann', has_password: true, link_ends: null }],
      next: 'ann',
    })
    const [rest] = (await office.api('GET', '?after=ann')).json().accounts
    assert.deepEqual([rest.name, rest.has_password, rest.link_ends > new Date().toISOString()], ['bob', false, true])
  })

  it('are left alone where the name has one, and refused where it cannot be or belongs to another way in', async () => {
    await office.addWithPassword('ann')
    const again = await office.api('POST', '', { names: ['ann', 'cleo'] })
    assert.deepEqual([again.status, again.json().existing], [201, ['ann']])
    assert.equal((await office.signIn('ann', first)).status, 303)
    await office.hub.browser().submit('/hub/login/local', { username: 'otto', password: 'right' })
    const chosen = { kind: 'person', authenticator: 'password', subject: 'chosen:zed' } as const
    await ensureUser(office.hub.db, { name: 'zed', ...chosen })
    const refusals: [string[], number, string][] = [
      [['dora', 'zed'], 409, 'name_taken'],
      [['dora', 'lms:edx:7'], 400, 'bad_names'],
      [['dora', 'otto'], 409, 'name_taken'],
      [['dora', 'root'], 409, 'name_taken'],
      [[], 400, 'bad_account_request'],
    ]
    for (const [names, status, error] of refusals) {
      const refused = await office.api('POST', '', { names })
      assert.deepEqual([refused.status, refused.json().error], [status, error])
    }
    assert.deepEqual(
      (await office.api('GET', '')).json().accounts.map(({ name }: { name: string }) => name),
      ['ann', 'cleo'],
    )
  })

  it('keep their name from other ways in, also before their person came', async () => {
    await office.add('ann')
    const other = await office.hub.browser().submit('/hub/login/local', { username: 'ann', password: 'right' })
    assert.equal(other.status, 409)
  })

  it('get another password from an admin, who thereby signs the person out everywhere', async () => {
    await office.addWithPassword('ann')
    const { browser } = await office.signIn('ann', first)
    const weak = await office.api('PUT', '/ann/password', { password: 'short' })
    assert.deepEqual([weak.status, weak.json().error], [400, 'weak_password'])
    assert.equal((await browser.navigate('/hub/home')).status, 200, 'a refused password ends nothing')
    const done = await office.api('PUT', '/ann/password', { password: second })
    assert.deepEqual([done.status, done.json()], [200, { name: 'ann', unconfirmed_proxies: 0 }])
    assert.equal((await browser.navigate('/hub/home')).status, 302)
    const tried = [await office.signIn('ann', first), await office.signIn('ann', second)]
    assert.deepEqual(
      tried.map(({ status }) => status),
      [403, 303],
    )
  })

  it('get another password from their person, who stays signed in there and nowhere else', async () => {
    await office.addWithPassword('ann')
    const [{ browser: here }, { browser: there }] = [
      await office.signIn('ann', first),
      await office.signIn('ann', first),
    ]
    const change = (current: string, password: string, again = password) =>
      here.submit('/hub/password', { current, password, again })
    const refused = [await change('wrong', second), await change(first, 'short'), await change(first, second, 'other')]
    assert.deepEqual(
      refused.map(({ status, text }) => [status, /role="alert">([^<]*)/.exec(text)?.[1]?.split('.')[0]]),
      [
        [403, 'The password until now is not right'],
        [400, 'A password has at least 12 characters'],
        [400, 'The two new passwords differ'],
      ],
    )
    const changed = await change(first, second)
    assert.equal(changed.status, 303)
    const home = await here.navigate(String(changed.headers.location))
    assert.match(home.text, /Your password is changed/)
    assert.equal((await there.navigate('/hub/home')).status, 302)
    assert.equal((await office.signIn('ann', second)).status, 303)
  })

  it('say to persons of other ways in that their password is not here', async () => {
    const { status, text } = await office.root.navigate('/hub/password')
    assert.equal(status, 404)
    assert.match(text, /Change it where you have your account/)
  })

  it('go with their users, and leave the name to another account', async () => {
    await office.addWithPassword('ann')
    const { browser } = await office.signIn('ann', first)
    const removed = await office.api('DELETE', '/ann', {})
    assert.equal(removed.status, 202)
    assert.equal((await browser.navigate('/hub/home')).status, 302)
    assert.equal((await office.signIn('ann', first)).status, 403)
    assert.equal((await office.api('DELETE', '/bob', {})).json().error, 'unknown_account')
  })

  it('are listed, added and removed on a page for admins, which shows links once', async () => {
    const page = await office.root.navigate('/hub/admin/accounts')
    assert.match(page.text, /There are no accounts yet/)
    const bad = await office.root.submit('/hub/admin/accounts', { way: 'password', names: 'ann\nlms:x' })
    assert.equal(bad.status, 400)
    assert.match(bad.text, /cannot be the name of an account/)
    assert.match(bad.text, />\s*ann\nlms:x<\/textarea>/)
    const made = await office.root.submit('/hub/admin/accounts', { way: 'password', names: 'ann\r\nbob\r\n' })
    const links = [...made.text.matchAll(/value="([^"]*new-password[^"]*)"/g)].map(([, link = '']) =>
      link.replaceAll('&#38;', '&'),
    )
    assert.equal(links.length, 2)
    assert.doesNotMatch((await office.root.navigate('/hub/admin/accounts')).text, /new-password/)
    assert.equal((await useLink(office.hub.browser(), pathOf(links[0] ?? ''), first)).status, 200)
    const newer = await office.root.submit('/hub/admin/accounts/bob/link', { way: 'password' })
    assert.match(newer.text, /new-password/)
    const question = await office.root.navigate('/hub/admin/accounts/ann/remove?way=password')
    assert.match(question.text, /Nothing brings them back/)
    const gone = await office.root.submit('/hub/admin/accounts/ann/remove', { way: 'password' })
    assert.match((await office.root.navigate(String(gone.headers.location))).text, /The account ann is removed/)
    const { status } = await office.root.navigate('/hub/admin/accounts/ann/remove?way=password')
    assert.equal(status, 404)
  })
})
