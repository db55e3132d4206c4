import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limitsProgram } from '../../doctor/limits-program.ts'

describe('the program that tries limits inside servers', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('says that memory was held only when all of it was taken, on a slow machine too', async function () {
    if (process.platform !== 'linux') this.skip()
    const dd = join(dir, 'dd')
    const slow = `case "$*" in if=*) sleep 1.5; echo taken >&3 ;; esac`
    await writeFile(dd, `#!/bin/sh\n${slow}\nPATH=\${PATH#*:} exec dd "$@"\n`)
    await chmod(dd, 0o755)
    const output = await open(join(dir, 'output'), 'a')
    const trials = { burners: 0, mostPids: 0, memory: { chunks: 2, chunkKilobytes: 128 }, rooms: [] }
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` }
    const program = spawn('sh', ['-c', limitsProgram(trials)], { env, stdio: ['ignore', output.fd, 'inherit'] })
    await once(program, 'close')
    await output.close()
    const lines = (await readFile(join(dir, 'output'), 'utf8')).trim().split('\n')
    assert.deepEqual(
      lines.slice(-5).map((line) => line.split(' ').slice(0, 3).join(' ')),
      ['carrel-limit takes 2', 'taken', 'taken', 'carrel-limit held 2', 'carrel-limit end'],
    )
  })
})
