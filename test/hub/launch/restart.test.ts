import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import {
  countRows,
  type HttpBrowser,
  launchPageData,
  lmsUrl,
  redeem,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const everything = ['users', 'servers', 'sessions', 'launches', 'tickets', 'events'] as const

onEachDatabase('a restart of one’s own server', (makeDatabase) => {
  let hub: TestHub
  let ann: HttpBrowser
  const restart = '/hub/restart?to=%2Fuser%2Fann%2Fdemo%2Flab%2Ftree%2Fx.ipynb'

  describe('of a person', () => {
    beforeEach(async () => {
      hub = await startTestHub({ database: await makeDatabase(), config: { authenticators: visitorsAndPeople() } })
      ann = hub.browser()
      await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
      await ann.enter('/launch/demo')
    })
    afterEach(() => hub?.stop())

    const runs = async () => (await hub.db('servers').select('run')).map(({ run }) => run)

    it('waits for a button of a page that says what is lost', async () => {
      const before = await countRows(hub.db, ...everything)
      const page = await ann.navigate(restart, { 'sec-fetch-site': 'cross-site' })
      assert.equal(launchPageData(page.text).ask, 'true')
      assert.match(page.text, /A restart ends all programs in your notebook/)
      assert.match(page.text, /<button[^>]*>Restart my notebook<\/button>/)
      assert.match(
        page.text,
        /href="\/hub\/open\?to=%2Fuser%2Fann%2Fdemo%2Flab%2Ftree%2Fx.ipynb"[^>]*>Open it without a/,
      )
      const posted = await ann.post('/hub/launches', { link: restart })
      assert.deepEqual([posted.status, posted.json().error], [409, 'ask_first'])
      assert.equal((await ann.submit('/hub/launches', { link: restart })).status, 409)
      assert.deepEqual(await countRows(hub.db, ...everything), before)
      assert.deepEqual(await runs(), [1])
    })

    it('says so where the files end with the server', async () => {
      await hub.stop()
      const world = createFakeServers()
      const config = { authenticators: visitorsAndPeople(), spawner: forgetfulSpawner(world) }
      hub = await startTestHub({ database: await makeDatabase(), world, config })
      const page = await hub.browser().navigate(restart)
      assert.match(page.text, /All files in it are gone for good, the saved ones too\./)
    })

    it('ends the server, starts it anew, and leads to where it was', async () => {
      const { ticket } = await ann.enter(restart)
      assert.equal((await redeem(hub, ticket)).json().to, '/user/ann/demo/lab/tree/x.ipynb')
      assert.deepEqual(await runs(), [2])
      assert.equal(hub.world.made.length, 2)
      assert.equal(hub.world.objects.size, 1)
      const [{ detail }] = await hub.db('events').where({ kind: 'stopped' }).select('detail')
      assert.deepEqual(JSON.parse(detail), { restart: true })
    })

    it('goes on under an address that restarts nothing', async () => {
      const page = await ann.submit('/hub/launches', { link: restart, confirmed: 'true' })
      assert.equal(page.status, 303)
      const launched = String(page.headers.location)
      await ann.follow(launched.replace('/hub/launches/', ''))
      await ann.navigate(launched)
      await ann.navigate(launched)
      assert.deepEqual(await runs(), [2])
      const question = await ann.navigate(restart)
      assert.match(question.text, /data-after="\/hub\/open\?to=%2Fuser%2Fann%2Fdemo%2Flab%2Ftree%2Fx.ipynb"/)
    })

    it('starts a server that has stopped', async () => {
      const { id } = await hub.db('servers').first('id')
      await ann.submit(`/hub/servers/${id}/stop`)
      await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
      await ann.enter(restart)
      assert.deepEqual(await runs(), [2])
    })

    it('leaves a server alone that is on its way, so that two clicks restart it once', async () => {
      let proceed = () => {}
      hub.world.behaviour.beforeStart = new Promise<void>((resolve) => {
        proceed = resolve
      })
      const first = await ann.open(restart)
      await until(async () => (await hub.db('servers').first('state')).state === 'starting')
      await ann.open(restart)
      proceed()
      assert.equal((await ann.follow(first)).state, 'ready')
      assert.deepEqual(await runs(), [2])
    })

    it('is offered on the page of each launch and on the home page', async () => {
      const page = await ann.navigate('/launch/demo/a.ipynb')
      assert.match(page.text, /<a href="\/hub\/restart\?to=%2Fuser%2Fann%2Fdemo%2Flab[^"]*">Restart my notebook<\/a>/)
      const home = await ann.navigate('/hub/home')
      assert.match(home.text, /href="\/hub\/restart\?to=%2Fuser%2Fann%2Fdemo%2F"/)
      const begun = await ann.post('/hub/launches', { link: '/launch/demo' })
      assert.match(begun.json().restart, /^\/hub\/restart\?to=%2Fuser%2Fann%2Fdemo%2Flab/)
    })

    it('tells of a page that a link names, as other links into a server do', async () => {
      const page = await ann.navigate(`/hub/restart?to=${encodeURIComponent('/user/ann/demo/git-pull?repo=x')}`)
      assert.match(
        page.text,
        /A restart ends all programs.*This link opens &#34;git-pull\?repo=x&#34; in your notebook/,
      )
    })

    it('stands beside JupyterHub’s address for stopping, which leads to the page that asks', async () => {
      const { id } = await hub.db('servers').first('id')
      for (const path of ['/hub/stop', '/hub/stop/ann', '/hub/stop/ann/demo', '/hub/stop/ann/DEMO']) {
        assert.equal((await ann.navigate(path)).headers.location, `/hub/servers/${id}/stop`, path)
      }
      assert.equal((await ann.navigate('/hub/stop/ann/third')).headers.location, '/hub/home')
      assert.equal((await ann.navigate('/hub/stop/bob')).status, 403)
      assert.deepEqual(await hub.db('servers').select('state'), [{ state: 'ready' }])
    })
  })

  describe('of an LMS’s learner, by nbhosting’s link', () => {
    const kill = '/containerKill/Python/week%201/a.ipynb/ann'
    const exercise = kill.replace('containerKill', 'ipythonExercice')
    const framed = { framed: true, referer: `${lmsUrl}/unit` }

    beforeEach(async () => {
      hub = await startTestHub({ database: await makeDatabase() })
      ann = hub.browser()
      await ann.enter(exercise, framed)
    })
    afterEach(() => hub?.stop())

    it('asks, then restarts the server and opens the notebook, with a session or without', async () => {
      let run = 1
      for (const browser of [ann, hub.browser()]) {
        const page = await browser.navigate(kill, {
          'sec-fetch-dest': 'iframe',
          'sec-fetch-site': 'cross-site',
          referer: framed.referer,
        })
        assert.equal(launchPageData(page.text).ask, 'true')
        assert.match(page.text, /data-after="\/ipythonExercice\/Python\/week%201\/a.ipynb\/ann"/)
        assert.equal((await hub.db('servers').first('run')).run, run)
        const { ticket } = await browser.enter(kill, framed)
        run += 1
        const { to, seat } = (await redeem(hub, ticket)).json()
        assert.match(to, /^\/user\/lms~3aedx~3aann\/python\/lab\/workspaces\/[\w-]+\/tree\/week%201\/a\.ipynb$/)
        assert.deepEqual([seat.run, seat.framed], [run, true])
      }
      assert.deepEqual(await countRows(hub.db, 'users', 'servers'), { users: 1, servers: 1 })
    })

    it('opens the notebook without a restart in a tab of its own', async () => {
      const { text } = await hub.browser().navigate(kill, { 'sec-fetch-dest': 'iframe', referer: framed.referer })
      const [, form = ''] = /<form[^>]*target="_blank">(.*?)<\/form>/s.exec(text) ?? []
      const fields = Object.fromEntries(
        [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      )
      assert.equal(fields.link, exercise)
      assert.equal((await hub.browser().submit('/hub/launches', fields)).status, 303)
      assert.equal((await hub.db('servers').first('run')).run, 1)
    })

    it('needs no notebook', async () => {
      const { ticket } = await ann.enter('/containerKill/Python/ann', framed)
      assert.match((await redeem(hub, ticket)).json().to, /^\/user\/lms~3aedx~3aann\/python\/lab\/workspaces\/[\w-]+$/)
      assert.equal((await hub.db('servers').first('run')).run, 2)
    })

    it('is refused outside of the LMS’s pages, like each of its links', async () => {
      const stranger = hub.browser()
      stranger.setNonce()
      const answer = await stranger.post('/hub/launches', { link: kill, confirmed: true })
      assert.deepEqual([answer.status, answer.json().error], [403, 'lms_needed'])
      assert.equal((await hub.db('servers').first('run')).run, 1)
    })
  })
})
