import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readStalls, stallsFile } from '../../bench/hub/stalls.ts'
import { projectDir } from '../helpers/carrel.ts'

const program = `
const { setTimeout: sleep } = await import('node:timers/promises')
function busyFor(milliseconds) {
  const { user, system } = process.threadCpuUsage()
  for (;;) {
    const now = process.threadCpuUsage()
    if (now.user + now.system - user - system > milliseconds * 1000) return
  }
}
function longOne() { busyFor(120) }
function shortOne() { busyFor(15) }
for (let round = 0; round < 5; round += 1) {
  await sleep(20)
  shortOne()
}
await sleep(20)
longOne()
await sleep(20)
`

describe('the watch of an event loop', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-stalls-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('writes what held it for long, with the functions, and nothing of short work', async () => {
    const watch = join(projectDir, 'bench', 'hub', 'stalls-watch.ts')
    const args = ['--import', watch, '--input-type=module', '--eval', program]
    const env = { ...process.env, CARREL_BENCH_STALLS: stallsFile(dir) }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
    assert.deepEqual(await once(child, 'exit'), [0, null])
    const held = await readStalls(dir, 0)
    const long = held.filter(({ by }) => by.some(({ stack }) => stack.join().includes('longOne')))
    assert.equal(long.length, 1)
    const [{ milliseconds = 0, at = 0, by = [] } = {}] = long
    assert.ok(milliseconds >= 120 && milliseconds < 300, String(milliseconds))
    assert.ok((by[0]?.milliseconds ?? 0) <= milliseconds)
    assert.ok(!held.some(({ by }) => by.some(({ stack }) => stack.join().includes('shortOne'))))
    assert.deepEqual(await readStalls(dir, at + 1), [])
  })
})
