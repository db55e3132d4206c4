import assert from 'node:assert/strict'
import { readBlob } from '../../../hub/db/content/blobs.ts'
import { findNotebook } from '../../../hub/db/content/notebooks.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'
import { type ContentWorld, counting, notebook, openContentWorld, pullEnded } from './content-world.ts'

onEachDatabase('the content of a course', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let world: ContentWorld

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
  })

  async function start(more: Record<string, unknown> = {}) {
    const config = { ...world.config, authenticators: visitorsAndPeople(), admins: ['root'], ...more }
    const hub = await startTestHub({ database: await makeDatabase(), config })
    cleanup.defer(() => hub.stop())
    const root = hub.browser()
    await root.submit('/hub/login/local', { username: 'root', password: 'right' })
    const made = await root.submit('/hub/token', { note: 'x', days: '1' })
    const token = /carrel-user-[\w-]{43}/.exec(made.text)?.[0] ?? ''
    const call = (method: string, path: string, body?: unknown, accept = 'application/json') =>
      hub.browser().fetch(`/hub/api/courses${path}`, {
        method,
        headers: { accept, authorization: `token ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    return { ...hub, call }
  }

  it('comes by itself once the hub is up, counts as a whole, and follows pushes that are asked for', async () => {
    const first = await world.course.commit({
      'week1/intro.ipynb': notebook('Introduction'),
      'week1/text.md': '# No notebook\n',
      'data/a.csv': '1,2\n',
    })
    const hub = await start()
    const pull = await pullEnded(hub)
    assert.deepEqual([pull.state, pull.commit, pull.problem], ['pulled', first, undefined])
    const { commit, paths } = await counting(hub.db)
    assert.deepEqual([commit, paths], [first, ['week1/intro.ipynb']])
    const known = await findNotebook(hub.db, 'demo', 'week1/intro.ipynb')
    assert.deepEqual([known?.title, known?.kernel, known?.format], ['Introduction', 'python3', 'ipynb'])
    assert.equal((await readBlob(hub.db, known?.digest ?? ''))?.toString(), notebook('Introduction'))

    const second = await world.course.commit({ 'week2/more.ipynb': notebook('More'), 'week1/intro.ipynb': null })
    const asked = await hub.call('POST', '/demo/pull')
    assert.equal(asked.status, 202)
    await pullEnded(hub, pull.id)
    const { counts, notebooks, problem } = (await hub.call('GET', '/demo/content')).json()
    assert.deepEqual([counts.commit, problem], [second, null])
    assert.deepEqual(
      notebooks.map(({ path, title }: { path: string; title: string }) => [path, title]),
      [['week2/more.ipynb', 'More']],
    )
    const kinds = await hub.db('events').where('kind', 'like', 'content-%').orderBy('id').pluck('kind')
    assert.deepEqual(kinds, ['content-pulled', 'content-pull-asked', 'content-pulled'])
  })

  it('is not read again where nothing is new, and only what has changed is read', async () => {
    const files = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`${at}.ipynb`, notebook(`Number ${at}`)]))
    await world.course.commit(files)
    const hub = await start()
    const first = await pullEnded(hub)
    await hub.call('POST', '/demo/pull')
    const second = await pullEnded(hub, first.id)
    const log = async () => (await hub.call('GET', '/demo/pull/log', undefined, 'text/plain')).text
    assert.match(await log(), /Nothing is new since/)
    await world.course.commit({ '3.ipynb': notebook('Changed') })
    await hub.call('POST', '/demo/pull')
    await pullEnded(hub, second.id)
    assert.match(await log(), /5 notebooks, of which 1 are new or changed/)
    assert.equal((await hub.db('blobs')).length, 6)
  })

  it('follows a forced push', async () => {
    await world.course.commit({ 'old.ipynb': notebook('Old') })
    const hub = await start()
    const first = await pullEnded(hub)
    const anew = await world.course.commit({ 'new.ipynb': notebook('New') }, { anew: true })
    await hub.call('POST', '/demo/pull')
    await pullEnded(hub, first.id)
    const { commit, paths } = await counting(hub.db)
    assert.deepEqual([commit, paths], [anew, ['new.ipynb']])
  })

  it('stays what it was when the repository vanishes, and staff read why', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    const hub = await start()
    const first = await pullEnded(hub)
    await world.course.git('config', 'http.uploadpack', 'false')
    await hub.call('POST', '/demo/pull')
    const second = await pullEnded(hub, first.id)
    assert.equal(second.state, 'failed')
    const { counts, problem, failures } = (await hub.call('GET', '/demo/content')).json()
    assert.deepEqual([counts.commit, problem, failures], [commit, second.problem, 1])
    assert.equal((await counting(hub.db)).paths.length, 1)
  })

  it('is pulled at once when a made course gets a repository, and when that changes', async () => {
    await world.course.commit({ 'a.ipynb': notebook('A') })
    const other = await world.repositories.make('other')
    await other.commit({ 'b.ipynb': notebook('B') })
    const hub = await start({ courses: { base: { image: 'stats' } } })
    const content = { git: world.url, pullMinutes: false }
    const made = await hub.call('POST', '', { name: 'Own', definition: { image: 'stats', content } })
    assert.equal(made.status, 201, made.text)
    const first = await pullEnded(hub, 0, 'own')
    assert.equal(first.state, 'pulled')
    const change = { set: { 'content.git': `${world.host.url}/other.git` } }
    assert.equal((await hub.call('PATCH', '/own', change)).status, 200)
    await until(async () => (await counting(hub.db, 'own')).paths[0] === 'b.ipynb')
  })
})
