import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { openKillWorld, startHubHere, startHubProcess } from '../../kill-world.ts'
import { openAsGuest } from './school.ts'

onEachDatabase('a hub that is killed with -9 while a guest loses a permission', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('right after a sign-in has taken a group away leaves no guest by that group', async () => {
    const all = await openKillWorld(cleanup, makeDatabase)
    const { proxy, db } = all
    const start = () => startHubHere(cleanup, all, { school: true })
    const signIn = async (address: string, username: string, password: string) => {
      const browser = createHttpBrowser(address)
      const answer = await browser.submit('/hub/login/local', { username, password })
      return { browser, answer }
    }

    const first = await start()
    await (await signIn(first.address, 'ann', 'x')).browser.enter('/launch/demo')
    const { path } = await db('servers').first('path')
    const guestsAtProxy = () => proxy.routes.get(path)?.access?.guests ?? []
    await openAsGuest((await signIn(first.address, 'eve', 'tutor')).browser, path)
    assert.equal(guestsAtProxy().length, 1)
    await first.stop()

    const second = await startHubProcess(cleanup, all, { school: true, dieAt: 'groups changed' })
    const died = once(second.child, 'exit')
    await assert.rejects(signIn(second.address, 'eve', 'x'))
    assert.equal((await died)[1], 'SIGKILL')
    assert.deepEqual(await db('guests').select('user'), [])

    await start()
    await until(() => guestsAtProxy().length === 0)
  })
})
