import assert from 'node:assert/strict'
import { once } from 'node:events'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, launchPageData } from '../../helpers/test-hub.ts'
import { type ChoiceHub, choicePage, startChoiceHub } from './choice-hub.ts'

onEachDatabase('programs that start a server with choices', (makeDatabase) => {
  let hub: ChoiceHub
  beforeEach(async () => {
    hub = await startChoiceHub(await makeDatabase())
  })
  afterEach(() => hub.stop())

  const tokenOf = async (browser: HttpBrowser) =>
    /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0] ?? ''
  const call = (token: string, method: string, path: string, body?: unknown) =>
    hub.browser().fetch(`/hub/api/users/${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  /** Starts the server with such a body. Returns the status and what the server has, or the code of the refusal. */
  const start = async (token: string, body?: unknown, path = 'ben/servers/ml') => {
    const answer = await call(token, 'POST', path, body)
    return answer.status < 300 ? `${answer.status} ${hub.hasOf('ml')}` : `${answer.status} ${answer.json().error}`
  }
  const remembered = async () =>
    (await hub.db('choices').select('chosen')).map(({ chosen }) => JSON.parse(chosen) as object)

  it('choose as JupyterHub’s clients send options, and get the default where they say nothing', async () => {
    const token = await tokenOf(await hub.signIn('ben'))
    for (const [body, expected] of [
      [undefined, '201 s u'],
      [{}, '201 s u'],
      [{ size: 'large' }, '201 l u'],
      [undefined, '201 l u'],
      [{ user_options: { size: 'SMALL', kind: 'usual' } }, '201 s u'],
      [{ user_options: {} }, '201 s u'],
      [null, '201 s u'],
    ] as const) {
      assert.equal(await start(token, body), expected, JSON.stringify(body))
      await hub.stopped('ml')
    }
    assert.deepEqual(await remembered(), [{ size: 'small', kind: 'usual' }])
  })

  it('get no other server for it, and no other one than asked for', async () => {
    const token = await tokenOf(await hub.signIn('ben'))
    const busy = Promise.withResolvers<void>()
    hub.world.behaviour.beforeStart = busy.promise
    const made = once(hub.world.events, 'made')
    const first = call(token, 'POST', 'ben/servers/ml', { size: 'small' })
    await made
    assert.equal(await start(token, { size: 'large' }), '400 other_choice')
    busy.resolve()
    assert.equal((await first).status, 201)
    assert.equal(await start(token, { size: 'large' }), '400 already_running')
    assert.equal(hub.hasOf('ml'), 's u')
  })

  it('are refused what is not offered to the server’s owner, also as an admin, and what is no choice', async () => {
    const [ben, root] = [await tokenOf(await hub.signIn('ben')), await tokenOf(await hub.signIn('root'))]
    for (const token of [ben, root]) {
      for (const body of [
        { size: 'huge' },
        { size: 'none' },
        { size: 'x'.repeat(64) },
        { size: '__proto__' },
        { kind: 'odd' },
      ])
        assert.equal(await start(token, body), '400 not_offered', JSON.stringify(body))
    }
    const odd = [
      { profile: 'large' },
      { size: 1 },
      { size: ['large'] },
      { user_options: { size: 'large' }, display_name: 'x' },
      { user_options: 'large' },
      { image: 'other' },
      { env: { A: 'b' } },
      { size: 'x'.repeat(8001) },
      ['large'],
    ]
    for (const body of odd) assert.equal(await start(ben, body), '400 no_options', JSON.stringify(body))
    assert.equal(await start(ben, '__proto__'), '400 no_options')
    assert.deepEqual([hub.world.made, await remembered()], [[], []])
    assert.equal(await start(root, { size: 'large' }), '201 l u', 'what is offered to the owner, an admin may start')
  })

  it('see in the API what a server has', async () => {
    const token = await tokenOf(await hub.signIn('ben'))
    assert.equal(await start(token, { size: 'large' }), '201 l u')
    const options = async () =>
      (await call(token, 'GET', 'ben?include_stopped_servers=1')).json().servers.ml.user_options
    assert.deepEqual(await options(), { size: 'large', kind: 'usual' })
    await hub.stopped('ml')
    assert.deepEqual(await options(), {})
  })

  it('choose by JupyterHub’s addresses, whose other options are refused', async () => {
    const ben = await hub.signIn('ben')
    const open = async (link: string) => {
      const page = await ben.navigate(link, { 'sec-fetch-site': 'cross-site' })
      if (page.status !== 200) return `${page.status} ${page.headers.location ?? ''}`.trim()
      await ben.follow(launchPageData(page.text).launch)
      return hub.hasOf('ml')
    }
    assert.equal(await open('/hub/spawn/ben/ml?opt-size=large&next=&_xsrf=x'), 'l u')
    await hub.stopped('ml')
    const form = await ben.submit('/hub/spawn/ben/ml', { size: 'small', _xsrf: 'x' })
    assert.deepEqual([form.status, form.headers.location], [303, '/hub/spawn/ben/ml?size=small'])
    assert.equal(await open('/hub/spawn/ben/ml?size=small'), 's u')
    assert.equal(
      await open('/hub/at/ml/spawn?size=large'),
      `303 ${choicePage('/hub/at/ml/spawn?size=large')}`,
      'it runs with another',
    )
    assert.equal(await open('/hub/spawn/ben/ml?size=huge'), '400')
    assert.equal(await open('/hub/spawn/ben/ml?profile=small'), '400')
    assert.equal(await open('/hub/spawn/ben/ml?size=small&opt-size=large'), '400')
  })
})
