import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser } from '../../helpers/test-hub.ts'
import { kill, openKillWorld, startHubProcess } from '../kill-world.ts'
import { openDesk } from './desk-world.ts'

describe('a hub that is killed while a learner shares a copy', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  it('leaves nothing of a page that is not whole, and all of one whose link was told', async () => {
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    const killed = await openKillWorld(cleanup, async () => database.url)
    const cells = [{ cell_type: 'markdown', metadata: {}, source: '![a](b.png)' }]
    const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
    const bytes = { 'a.ipynb': Buffer.from(text).toString('base64'), 'b.png': 'aaaa' }
    Object.assign(killed.world.behaviour, { files: { 'a.ipynb': 'notebook', 'b.png': 'file' }, bytes })
    const first = await startHubProcess(cleanup, killed, { school: true })
    const ann = createHttpBrowser(first.address)
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    const desk = await openDesk(first, ann, '/launch/demo')
    const share = (address: string) => desk.ask('POST', 'share', { path: 'a.ipynb' }, {}, address)

    // Asked for the picture when the page was made once, and is to be made with it.
    const gone = once(first.child, 'exit')
    killed.world.events.on('asked', (name: string) => {
      if (killed.world.objects.get(name)?.asked.at(-1)?.address.includes('b.png') === true) first.child.kill('SIGKILL')
    })
    await assert.rejects(share(first.address))
    await gone
    assert.deepEqual(await killed.db('snapshots'), [])

    const second = await startHubProcess(cleanup, killed, { school: true })
    const { status, text: told } = await share(second.address)
    await kill(second.child)
    assert.equal(status, 200, told)
    assert.deepEqual(await killed.db('snapshots').pluck('path'), ['a.ipynb'])
    assert.equal((await killed.db('events').where({ kind: 'snapshot-made' })).length, 1)
  })
})
