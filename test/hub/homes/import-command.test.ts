import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importCommand } from '../../../hub/homes/import-command.ts'
import { until } from '../../helpers/until.ts'

describe('the command of an import', () => {
  let dir: string
  let home: string
  let archived: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-import-'))
    home = join(dir, 'home')
    archived = join(dir, 'archived')
    await mkdir(home)
    await mkdir(join(archived, 'week'), { recursive: true })
    await writeFile(join(archived, 'a.txt'), 'theirs')
    await writeFile(join(archived, 'week', 'b.txt'), 'theirs')
    await writeFile(join(archived, '.hidden'), 'theirs')
    await writeFile(join(archived, '-rf odd $(name)'), 'theirs')
  })
  afterEach(() => rm(dir, { recursive: true }))

  const archive = () => execFileSync('tar', ['-c', '-f', '-', '.'], { cwd: archived, maxBuffer: 2 ** 26 })

  function begin({ overwrite = false } = {}): ChildProcess {
    const [program = '', ...args] = importCommand({ overwrite })
    const child = spawn(program, args, { cwd: home, stdio: ['pipe', 'ignore', 'pipe'], detached: true })
    // A program that has ended reads no more.
    child.stdin?.on('error', () => undefined)
    return child
  }

  async function bring(bytes: Buffer, options?: { overwrite: boolean }): Promise<number> {
    const child = begin(options)
    child.stdin?.end(bytes)
    const [code] = await once(child, 'close')
    return code
  }

  const read = (name: string) => readFile(join(home, name), 'utf8')

  it('brings all files, with odd names too, and leaves what is there', async () => {
    await writeFile(join(home, 'a.txt'), 'hers')
    assert.equal(await bring(archive()), 0)
    assert.deepEqual((await readdir(home)).sort(), ['-rf odd $(name)', '.hidden', 'a.txt', 'week'])
    assert.deepEqual([await read('a.txt'), await read('week/b.txt')], ['hers', 'theirs'])
  })

  it('replaces files where it is told to, and keeps what the archive does not have', async () => {
    await mkdir(join(home, 'week'))
    await writeFile(join(home, 'a.txt'), 'hers')
    await writeFile(join(home, 'week', 'c.txt'), 'hers')
    assert.equal(await bring(archive(), { overwrite: true }), 0)
    assert.deepEqual(await Promise.all(['a.txt', 'week/b.txt', 'week/c.txt'].map(read)), ['theirs', 'theirs', 'hers'])
  })

  it('writes nothing through a link that the learner has made', async () => {
    const outside = join(dir, 'outside')
    await mkdir(outside)
    for (const overwrite of [false, true]) {
      await rm(join(home, 'week'), { force: true })
      await symlink(outside, join(home, 'week'))
      assert.equal(await bring(archive(), { overwrite }), 0)
      assert.deepEqual(await readdir(outside), [])
    }
    assert.equal(await read('week/b.txt'), 'theirs')
  })

  it('does not replace a folder by a file, and says so by its code', async () => {
    await mkdir(join(home, 'a.txt'))
    await writeFile(join(home, 'a.txt', 'mine.txt'), 'hers')
    assert.equal(await bring(archive(), { overwrite: true }), 1)
    assert.equal(await read('a.txt/mine.txt'), 'hers')
  })

  it('changes nothing where the archive is cut in the midst of a file', async () => {
    await writeFile(join(archived, 'big.bin'), Buffer.alloc(300_000, 'x'))
    const whole = archive()
    const inBig = whole.indexOf('xxxx') + 100_000
    assert.notEqual(await bring(whole.subarray(0, inBig)), 0)
    assert.deepEqual(await readdir(home), [])
  })

  /** Begins an import, and returns when a part of a file is there. */
  async function beginHalf(): Promise<{ child: ChildProcess; whole: Buffer }> {
    await writeFile(join(archived, 'big.bin'), Buffer.alloc(300_000, 'x'))
    const whole = archive()
    const child = begin()
    child.stdin?.write(whole.subarray(0, whole.indexOf('xxxx') + 100_000))
    await until(async () => (await readdir(join(home, '.carrel-import')).catch((): string[] => [])).includes('big.bin'))
    return { child, whole }
  }

  it('that is killed leaves no file that is cut, and the next one brings all', async () => {
    const { child, whole } = await beginHalf()
    process.kill(-Number(child.pid), 'SIGKILL')
    await once(child, 'close')
    assert.deepEqual(await readdir(home), ['.carrel-import'])
    assert.equal(await bring(whole), 0)
    assert.equal((await read('big.bin')).length, 300_000)
    assert.ok(!(await readdir(home)).includes('.carrel-import'))
  })

  it('that is asked to end leaves nothing', async () => {
    const { child } = await beginHalf()
    process.kill(-Number(child.pid), 'SIGTERM')
    await once(child, 'close')
    assert.deepEqual(await readdir(home), [])
  })
})
