import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'

const path = 'week1/intro.ipynb'

onEachDatabase('a hub that is killed while it replaces a notebook that was to wait', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('leaves that to the next one, which does it once, and keeps one version', async function () {
    this.timeout(300_000)
    const content = await openContentWorld(cleanup)
    await content.course.commit({ [path]: notebook('Introduction') })
    const killed = await openKillWorld(cleanup, makeDatabase)
    const { behaviour } = killed.world
    Object.assign(behaviour, { files: {}, bytes: {} })
    let hub = await startHubProcess(cleanup, killed, content.config)
    await pullEnded(killed)
    let browser = createHttpBrowser(hub.address)
    const after = async (as: HttpBrowser, isLast: boolean) => {
      await letHubsDie(killed)
      const start = isLast ? startHubHere : startHubProcess
      hub = { ...hub, ...(await start(cleanup, killed, content.config)) }
      const next = createHttpBrowser(hub.address)
      for (const [name, value] of as.jar) next.jar.set(name, value)
      return next
    }
    const read = () => Buffer.from(behaviour.bytes?.[path] ?? '', 'base64').toString()
    const write = (text: string) =>
      Object.assign(behaviour.bytes ?? {}, { [path]: Buffer.from(text).toString('base64') })
    await browser.enter(`/launch/demo/${path}`)
    // Killed when the other notebook lies beside the learner's, when hers is put aside, and when the other is in its place.
    for (const [changes, present] of [
      [1, 'mine'],
      [2, ''],
      [3, notebook('Introduction')],
    ] as const) {
      const isPlaced = changes === 3
      write('mine')
      await browser.submit(`/hub/servers/${(await killed.db('servers').first('id')).id}/stop`)
      await until(async () => (await killed.db('servers').first('state')).state === 'stopped')
      const user = await killed.db('users').first('authenticator', 'subject')
      const owner = { account: `${user.authenticator}:${user.subject}`, course: 'demo' }
      await killed.db('versions').delete()
      await killed.db('wishes').insert({ ...owner, path, slug: 'demo', version: null, asked: 1 })
      assert.match((await browser.navigate('/hub/versions/demo')).text, /the course’s own notebook takes its place/)
      const launch = await browser.open(`/launch/demo/${path}`)
      await browser.follow(launch)
      const gone = once(hub.child, 'exit')
      let left: number = changes
      behaviour.beforeChange = () => {
        left -= 1
        if (left === 0) hub.child.kill('SIGKILL')
        return left < 0 ? 500 : undefined
      }
      const answer = await browser.post(`/hub/launches/${launch}/ticket`).catch(() => undefined)
      assert.equal(answer?.text, undefined)
      await gone
      delete behaviour.beforeChange
      assert.equal(read(), present)
      // What a program of the learner's does where the other hub had got to the end, nothing of this one's may touch.
      if (isPlaced) write('mine, and more')
      browser = await after(browser, isPlaced)
      assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
      assert.equal(read(), isPlaced ? 'mine, and more' : notebook('Introduction'))
      assert.deepEqual(await killed.db('versions').pluck('size'), ['mine'.length])
      assert.deepEqual(await killed.db('wishes'), [])
      assert.deepEqual(Object.keys(behaviour.files ?? {}).sort(), ['week1', path])
    }
  })
})
