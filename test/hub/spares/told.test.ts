import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ConfigInput } from '../../../config/config.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, hubUrl, redeem, secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { numberOf, readMetrics } from '../../metrics/read-metrics.ts'
import { ownHosts } from '../access/guests/school.ts'
import { visitorsAndPeople } from '../people.ts'

const run = promisify(execFile)

/** Returns what `carrel course spares demo` prints. */
async function command(dataDir: string, ...args: string[]): Promise<string> {
  const all = ['bin/carrel.js', 'course', 'spares', 'demo', '--data', dataDir, ...args]
  return (await run(process.execPath, all, { cwd: projectDir })).stdout
}

const metricsToken = 'metrics-token-of-the-tests-0123456789a'

onEachDatabase('a hub with spares', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  const open = async (courses: ConfigInput['courses'] = { demo: { image: 'demo', spares: 1, staff: ['grace'] } }) => {
    const config: Partial<ConfigInput> = {
      hub: { url: hubUrl, port: 0, insecureHttp: true, internal: { port: 0 } },
      servers: ownHosts,
      authenticators: visitorsAndPeople(),
      courses,
    }
    const hub = await startTestHub({ database: await makeDatabase(), config, secrets: { ...secrets, metricsToken } })
    cleanup.defer(() => hub.stop())
    const ready = () => hub.db('servers').whereRaw('spare').where({ state: 'ready' })
    await until(async () => (await ready()).length === 1)
    const as = async (name: string) => {
      const browser = hub.browser()
      await browser.submit('/hub/login/local', { username: name, password: 'right' })
      return browser
    }
    return { hub, as, ready }
  }

  it('lands a visitor at once: the answer to the click has the way in', async () => {
    const { hub } = await open()
    const browser = hub.browser()
    browser.setNonce()
    const begun = await browser.post('/hub/launches', { link: '/launch/demo' })
    const { ready, entrance } = begun.json()
    assert.equal(ready, true)
    const again = await browser.navigate('/launch/demo')
    assert.match(again.text, /id="enter"/, 'and a page with an identity has the way in')
    const seat = await redeem(hub, entrance.ticket)
    assert.equal(seat.status, 200)
    assert.ok(entrance.action.endsWith(`${seat.json().route.access.label}.nb.test/_carrel/seat`), entrance.action)
    assert.equal(hub.world.made.length, 1)
  })

  it('speaks to a server by the name that it was told, and finds it by the name of its user', async () => {
    const { hub, as } = await open()
    const ann = await as('ann')
    await ann.navigate('/hub/home')
    await hub.db('users').where({ name: 'ann' }).update({ last_launch: 1 })
    await ann.enter('/launch/demo')
    const server = await hub.db('servers').whereRaw('not spare').first()
    const told = server.told_user
    assert.equal(server.path, `/user/${told}/demo/`)
    const [object] = [...hub.world.objects.values()].filter(({ server: id }) => id === server.id)
    assert.equal(object?.env.JUPYTERHUB_USER, told)
    const authorization = `token ${object?.token}`
    const inside = createHttpBrowser(hub.internal ?? '')
    const report = (name: string) =>
      inside.fetch(`/hub/api/users/${name}/activity`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ servers: { demo: { last_activity: new Date().toISOString() } } }),
      })
    assert.equal((await report(told)).status, 200)
    assert.equal((await report('ann')).status, 404)
    assert.equal((await inside.fetch('/hub/api/user', { headers: { authorization } })).json().name, told)
    for (const link of [`/hub/spawn/ann/demo`, `/hub/spawn/${told}/demo`, '/user/ann/demo/lab', `${server.path}lab`]) {
      const begun = await ann.navigate(link)
      assert.equal(begun.status, 200, link)
    }
    assert.equal((await hub.db('servers').whereRaw('not spare')).length, 1)
  })

  it('tells staff, programs and Prometheus of them', async () => {
    const { hub, as, ready } = await open()
    await hub.browser().enter('/launch/demo')
    await until(async () => (await ready()).length === 1)
    await until(async () => Number((await hub.db('spares').first('hits'))?.hits) === 1)
    const grace = await as('grace')
    const page = await grace.navigate('/hub/course/demo')
    assert.match(page.text, /Spares: 1 of 1 wait for learners, the oldest made ready/)
    assert.match(page.text, /Starts that have found one: 1\./)
    assert.equal((page.text.match(/<th role="rowheader"/g) ?? []).length, 1, 'the one that is a visitor’s')
    const { text } = await grace.submit('/hub/token', { note: 'tests', days: '7' })
    const headers = { authorization: `token ${/carrel-user-[\w-]{43}/.exec(text)?.[0]}` }
    const told = (await hub.browser().fetch('/hub/api/courses/demo/spares', { headers })).json()
    assert.ok(told.oldest_seconds >= 0)
    assert.deepEqual(
      { ...told, oldest_seconds: 0 },
      {
        ...{ course: 'demo', wanted: 1, ready: 1, coming: 0, oldest_seconds: 0, none: null, problem: null },
        ...{ hits: 1, misses: 0, others: 0 },
      },
    )
    const drained = await hub.browser().fetch('/hub/api/courses/demo/spares', { headers, method: 'DELETE' })
    assert.deepEqual([drained.status, drained.json()], [202, { drained: 1 }])
    await until(async () => hub.world.made.length === 3)
    await until(async () => (await ready()).length === 1)
    const pressed = await grace.submit('/hub/course/demo/spares/replace')
    assert.equal(pressed.status, 303)
    assert.match((await grace.navigate(String(pressed.headers.location))).text, /1 spare is being stopped/)
    await until(async () => hub.world.made.length === 4)
    const drains = await hub.db('events').where({ kind: 'spares-drained' }).pluck('user')
    const [staff] = await hub.db('users').where({ name: 'grace' }).pluck('id')
    assert.deepEqual(drains, [staff, staff])
    await until(async () => (await ready()).length === 1)
    assert.match(
      await command(hub.dataDir),
      /^wanted: 1\nready: 1\ncoming: 0\noldest, seconds: \d+\nstarts with a spare: 1\n/,
    )
    assert.equal(await command(hub.dataDir, '--drain'), '1 spares of demo are being stopped.\n')
    const ann = await as('ann')
    const { text: anns } = await ann.submit('/hub/token', { note: 'tests', days: '7' })
    const hers = { authorization: `token ${/carrel-user-[\w-]{43}/.exec(anns)?.[0]}` }
    for (const method of ['GET', 'DELETE'])
      assert.equal((await hub.browser().fetch('/hub/api/courses/demo/spares', { headers: hers, method })).status, 404)
    await until(async () => (await ready()).length === 1)
    const metrics = await hub.browser().fetch('/hub/metrics', { headers: { authorization: `token ${metricsToken}` } })
    const read = readMetrics(metrics.text)
    assert.equal(numberOf(read, 'jupyterhub_running_servers'), 1)
    assert.equal(numberOf(read, 'carrel_spares', { state: 'ready' }), 1)
    assert.equal(numberOf(read, 'carrel_hub_spare_claims_total', { result: 'hits' }), 1)
    assert.equal(numberOf(read, 'jupyterhub_total_users'), 3)
  })
})
