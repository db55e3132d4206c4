import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../people.ts'

onEachDatabase("the list of users, in JupyterHub's words", (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase(), config: { authenticators: visitorsAndPeople() } })
    for (const name of ['ann', 'Ben', '50%_off', 'zoe']) {
      const browser = hub.browser()
      await browser.submit('/hub/login/local', { username: name, password: 'right' })
      if (name !== 'zoe') await browser.enter('/launch/demo')
      if (name === 'Ben') await browser.enter('/launch/third')
    }
    const state = async (name: string, course: string, states: object) => {
      const { id } = await hub.db('users').where({ name }).first('id')
      await hub.db('servers').where({ user: id, course }).update(states)
    }
    // Set in the database, so that no hub moves these servers on.
    await state('Ben', 'demo', { state: 'stopped' })
    await state('50%_off', 'demo', { state: 'failed' })
    const launched = async (name: string, at: number) => hub.db('users').where({ name }).update({ last_launch: at })
    await launched('ann', 2000)
    await launched('Ben', 1000)
    await launched('50%_off', 4000)
    await launched('zoe', 3000)
  })
  afterEach(async () => hub?.stop())

  const list = async (query: string) =>
    createHttpBrowser(hub.address).fetch(`/hub/api/users${query}`, {
      headers: { authorization: `token ${secrets.cullerToken}` },
    })
  const names = async (query: string): Promise<string[]> => {
    const answer = await list(query)
    assert.equal(answer.status, 200, answer.text)
    return answer.json().map(({ name }: { name: string }) => name)
  }

  it('names users by the states of their servers', async () => {
    const sorted = async (state: string) => (await names(`?state=${state}`)).sort()
    assert.deepEqual(await sorted('ready'), ['Ben', 'ann'])
    assert.deepEqual(await sorted('active'), ['Ben', 'ann'])
    assert.deepEqual(await sorted('inactive'), ['50%_off', 'zoe'])
    assert.deepEqual(await sorted(''), ['50%_off', 'Ben', 'ann', 'zoe'])
  })

  it('counts a server that moves as active and not as ready', async () => {
    const { id } = await hub.db('users').where({ name: 'zoe' }).first('id')
    // A row of a hub that lives is carried on by that hub alone, which knows nothing of this one.
    const { id: owner } = await hub.db('hubs').first('id')
    const course = 'fourth'
    const path = '/user/zoe/fourth/'
    const row = { id: 'zoe0fourth0000', user: id, course, name: course, path, label: 'zoe0fourth', run: 1, epoch: 0 }
    const rest = { restart: false, spare: false, revision: 0, since: 0, created: 0, owner, deadline: 1e15 }
    await hub.db('servers').insert({ ...row, ...rest, state: 'stopping' })
    assert.ok((await names('?state=active')).includes('zoe'))
    assert.ok(!(await names('?state=ready')).includes('zoe'))
    assert.ok(!(await names('?state=inactive')).includes('zoe'))
    await hub.db('servers').where({ id: row.id }).delete()
  })

  it('names users by a part of their name, in any case and taken literally', async () => {
    assert.deepEqual(await names('?name_filter=BE'), ['Ben'])
    assert.deepEqual(await names('?name_filter=n&sort=name'), ['Ben', 'ann'].sort())
    assert.deepEqual(await names('?name_filter=0%25_'), ['50%_off'])
    assert.deepEqual(await names('?name_filter=%25'), ['50%_off'])
    assert.deepEqual(await names('?name_filter=%00'), await names(''))
    assert.deepEqual(await names('?name_filter=ann&state=inactive'), [])
  })

  it('sorts by id, name and last activity, in both directions', async () => {
    const byActivity = ['Ben', 'ann', 'zoe', '50%_off']
    assert.deepEqual(await names('?sort=last_activity'), byActivity)
    assert.deepEqual(await names('?sort=-last_activity'), byActivity.toReversed())
    assert.deepEqual(await names('?sort=-name'), (await names('?sort=name')).toReversed())
    assert.deepEqual(await names('?sort=-id'), (await names('')).toReversed())
    assert.deepEqual(await names('?sort=last_activity&offset=1&limit=2'), ['ann', 'zoe'])
  })

  it('counts and goes on with what was asked for', async () => {
    const { items, _pagination } = (await cull(hub, 'GET', '?state=ready&sort=-last_activity&limit=1')).json()
    assert.deepEqual([items.length, items[0].name, _pagination.total], [1, 'ann', 2])
    const { searchParams } = new URL(_pagination.next.url)
    assert.deepEqual(Object.fromEntries(searchParams), {
      state: 'ready',
      sort: '-last_activity',
      limit: '1',
      offset: '1',
    })
    const next = (await cull(hub, 'GET', new URL(_pagination.next.url).search)).json()
    assert.deepEqual([next.items[0].name, next._pagination.next], ['Ben', null])
  })

  it('shows stopped servers where the client asks for them', async () => {
    const serversOf = async (query: string) => {
      const [ben] = (await list(`?name_filter=ben${query}`)).json()
      return Object.keys(ben.servers).sort()
    }
    assert.deepEqual(await serversOf(''), ['third'])
    assert.deepEqual(await serversOf('&include_stopped_servers=0'), ['third'])
    assert.deepEqual(await serversOf('&include_stopped_servers'), ['demo', 'third'])
  })

  it('refuses words that JupyterHub does not know', async () => {
    for (const query of [
      'state=busy',
      'state=READY',
      'sort=age',
      'sort=',
      'sort=--name',
      'offset=x',
      'limit=1.5',
      'state=ready&state=active',
    ]) {
      const answer = await list(`?${query}`)
      assert.deepEqual([answer.status, answer.json().error], [400, 'bad_page'], query)
    }
  })
})
