import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../../helpers/fake-proxy.ts'
import { createFakeServers } from '../../../helpers/fake-spawners.ts'
import { createHttpBrowser, lookInto, secrets } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { openAsGuest } from './school.ts'

onEachDatabase('a hub that is killed with -9 while a guest loses a permission', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('right after a sign-in has taken a group away leaves no guest by that group', async () => {
    const servers = createFakeServers()
    cleanup.defer(() => servers.close())
    const proxy = await startFakeProxy(secrets.proxyToken)
    cleanup.defer(() => proxy.stop())
    const database = await makeDatabase()
    const db = lookInto(database)
    cleanup.defer(() => db.destroy())
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-kill-'))
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
    const settings = { database, proxy: proxy.url, world: await servers.serve(), dataDir, school: true }
    const start = async (dieAt?: string) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'hub-process.ts')], {
        env: { ...process.env, CARREL_TEST_HUB: JSON.stringify({ ...settings, dieAt }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stderr.resume()
      cleanup.defer(() => kill(child))
      const [line] = await once(child.stdout, 'data')
      return { child, address: String(line).trim() }
    }
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
    await kill(first.child)

    const second = await start('groups changed')
    const died = once(second.child, 'exit')
    await assert.rejects(signIn(second.address, 'eve', 'x'))
    assert.equal((await died)[1], 'SIGKILL')
    assert.deepEqual(await db('guests').select('user'), [])

    await start()
    await until(() => guestsAtProxy().length === 0)
  })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
