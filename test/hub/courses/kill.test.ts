import assert from 'node:assert/strict'
import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'

onEachDatabase('courses, and a hub that is killed', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  const carrel = (dataDir: string, args: string[]) =>
    new Promise<{ out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'course', ...args, '--data', dataDir]
      execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) => resolve({ out, err }))
    })
  const death = async (child: ChildProcess) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  it('has a course whole that was made the moment before, and open to the next launch', async () => {
    const world = await openKillWorld(cleanup, makeDatabase)
    const { child } = await startHubProcess(cleanup, world, { dieAt: 'a course was made' })
    assert.match((await carrel(world.dataDir, ['create', 'Stats', '--image', 'stats:3'])).err, /does not answer/)
    await death(child)
    await letHubsDie(world)
    const { address } = await startHubHere(cleanup, world)
    await createHttpBrowser(address).enter('/launch/stats')
    assert.deepEqual(
      (await world.db('edits').select('kind')).map(({ kind }) => kind),
      ['made'],
    )
    assert.ok(await world.db('courses').where({ slug: 'stats' }).first())
  })

  it('stops the servers of a course that was deleted the moment before, and keeps what was restored', async () => {
    const world = await openKillWorld(cleanup, makeDatabase)
    const { child, address } = await startHubProcess(cleanup, world, { dieAt: 'a course was deleted' })
    await carrel(world.dataDir, ['create', 'Stats', '--image', 'stats:3'])
    await createHttpBrowser(address).enter('/launch/stats')
    await carrel(world.dataDir, ['delete', 'Stats', '--yes'])
    await death(child)
    await letHubsDie(world)
    const next = await startHubProcess(cleanup, world, { dieAt: 'a course was restored' })
    await until(async () => (await world.db('servers').first('state')).state === 'stopped')
    const home = { id: 'h'.repeat(20), account: 'local:x', name: 'x', course: 'stats', state: 'ready' }
    await world.db('homes').insert({ ...home, created: 1, last_used: 1 })
    await until(async () => (await world.db('homes').first('removed_by')).removed_by === 'course:stats')
    await carrel(world.dataDir, ['delete', 'Stats', '--undo'])
    await death(next.child)
    await letHubsDie(world)
    await startHubHere(cleanup, world)
    await until(async () => (await world.db('homes').first('remove_at')).remove_at === null)
    assert.equal((await world.db('catalogue').first('state')).state, 'archived')
  })
})
