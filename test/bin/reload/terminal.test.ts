import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDir } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'
import { configText } from '../world.ts'
import { reload, titled } from './world.ts'

/** Runs a program in a terminal of its own, which is closed at the end of the input. Prints its pid, its output and its end. */
const terminal = `
import os, pty, select, sys
pid, master = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
print('pid', pid, flush=True)
while True:
  ready, _, _ = select.select([master, 0], [], [])
  if 0 in ready: break
  os.write(1, os.read(master, 4096))
os.close(master)
print('ended with', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`

describe('carrel start in a terminal', function () {
  this.timeout(300_000)
  let folder: string
  let running: ChildProcess | undefined

  before(function () {
    // Which needs Python too.
    requirePart(this, 'jupyter', missingJupyter())
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-terminal-'))
  })
  afterEach(async () => {
    running?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  it('reloads at SIGHUP, shows warnings of its parts, and ends in order when the terminal is closed', async () => {
    const file = join(folder, 'carrel.config.ts')
    await writeFile(file, configText)
    const program = [process.execPath, join(projectDir, 'bin', 'carrel.js'), 'start', '--port', '0', '--config', file]
    const args = ['-c', terminal, ...program, '--data', join(folder, 'data')]
    const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    running = child
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await until(() => output.includes('/tmplogin?course=working'))
    const pid = Number(/^pid (\d+)/.exec(output)?.[1])
    await writeFile(file, titled('Another title'))
    process.kill(pid, 'SIGHUP')
    await until(() => output.includes('Reloaded: '))
    await writeFile(file, 'export default 7')
    assert.equal((await reload({ dataDir: folder })).code, 1)
    // The hub's line in its log, made readable.
    await until(() => /ERROR.*\(hub\).*a reload has failed/.test(output))
    child.stdin.end()
    await once(child, 'close')
    assert.match(output, /ended with 0/)
  })
})
