import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { projectDir } from '../../helpers/carrel.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'

describe('commands to a hub: carrel maintenance', function () {
  this.timeout(300_000)
  let hub: TestHub
  before(async () => {
    hub = await startTestHub()
  })
  after(() => hub.stop())

  const maintenance = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'maintenance', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const status = async () => (await hub.browser().navigate('/launch/demo')).status

  it('begin and end it, say whether it goes on, and are named in the history as the operator', async () => {
    const none = 'No maintenance. Learners can open notebooks.\n'
    assert.deepEqual(await maintenance('status'), { code: 0, out: none, err: '' })
    const begun = await maintenance('on', '--message', 'Back at 14:00.')
    assert.match(
      begun.out,
      /^Maintenance since 20\S+Z: Back at 14:00\.\nLearners open no notebooks\. What is open goes on\.\n$/,
    )
    assert.equal(await status(), 503)
    const told = JSON.parse((await maintenance('status', '--json')).out)
    assert.deepEqual([told.maintenance, told.message], [true, 'Back at 14:00.'])
    assert.equal((await maintenance('off')).out, none)
    assert.equal(await status(), 200)
    const details = await hub.db('events').where('kind', 'like', 'maintenance-%').pluck('detail')
    assert.deepEqual([...new Set(details.map((detail) => JSON.parse(detail).by))], ['operator'])
  })

  it('say what the hub says of a message that is none', async () => {
    const { code, err } = await maintenance('on', '--message', 'x'.repeat(501))
    assert.equal(code, 1)
    assert.match(err, /has more than 500 characters/)
  })
})
