import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { openCompileCache } from '../../bin/boot/compile-cache.js'
import { projectDir } from '../helpers/carrel.ts'

const run = promisify(execFile)

describe('the folder of compiled code', function () {
  this.timeout(300_000)
  let home: string

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'carrel-cache-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  const open = (version = '1.0.0', mostFiles?: number) => openCompileCache(version, { HOME: home }, { mostFiles })

  it("is a closed one in the user's cache, for each version its own", async () => {
    const folder = open()
    assert.equal(folder, join(home, '.cache', 'carrel', 'compiled', '1.0.0'))
    for (let path = folder; path !== home; path = dirname(path)) assert.equal((await stat(path)).mode & 0o777, 0o700)
    assert.equal(open(), folder)
    assert.equal(open('1.0.1'), join(home, '.cache', 'carrel', 'compiled', '1.0.1'))
    const named = { HOME: home, XDG_CACHE_HOME: join(home, 'named') }
    assert.equal(openCompileCache('1.0.0', named), join(home, 'named', 'carrel', 'compiled', '1.0.0'))
  })

  it('is not there when the home is missing, or a file is in its place', async () => {
    assert.equal(openCompileCache('1.0.0', { HOME: join(home, 'missing') }), undefined)
    assert.deepEqual(await readdir(home), [])
    await writeFile(join(home, '.cache'), '')
    assert.equal(open(), undefined)
  })

  it('loses versions that were not used for a month, and those alone', async () => {
    const [old = '', recent = ''] = [open('1.0.0'), open('1.0.1')]
    await writeFile(join(old, 'file'), '')
    await utimes(old, 0, 0)
    open('1.0.2')
    assert.deepEqual((await readdir(dirname(recent))).sort(), ['1.0.1', '1.0.2'])
  })

  it('begins anew when it holds more files than the program has', async () => {
    const inside = join(open() ?? '', 'v24')
    await mkdir(inside, { mode: 0o700 })
    for (const name of ['a', 'b', 'c']) await writeFile(join(inside, name), '')
    open('1.0.0', 3)
    assert.equal((await readdir(inside)).length, 3)
    assert.ok(open('1.0.0', 2))
    assert.deepEqual(await readdir(dirname(inside)), [])
  })

  describe('of a command', () => {
    const check = async (env: Record<string, string>) => {
      const script = `
        process.argv.push('carrel', 'config', 'check')
        process.on('exit', () => console.log(process.moduleLoadList.filter((name) => name.includes('amaro')).length))
        import(${JSON.stringify(join(projectDir, 'bin', 'carrel.js'))})`
      const whole = { PATH: process.env.PATH, HOME: home, ...env }
      const { stdout } = await run(process.execPath, ['--eval', script], { env: whole })
      assert.match(stdout, / is fine/)
      return stdout.trimEnd().endsWith('\n0') ? 'compiled before' : 'compiled now'
    }
    const files = async () => (await readdir(join(home, '.cache'), { recursive: true })).length

    it('keeps TypeScript as Node runs it, so that a second run loads no compiler', async () => {
      assert.equal(await check({}), 'compiled now')
      assert.equal(await check({}), 'compiled before')
    })

    it('can be turned off by Node’s own variable', async () => {
      assert.equal(await check({ NODE_DISABLE_COMPILE_CACHE: '1' }), 'compiled now')
      assert.equal(await check({ NODE_DISABLE_COMPILE_CACHE: '1' }), 'compiled now')
    })

    it('is done without when it is no folder, is open to others, or what is in it is no compiled code', async () => {
      assert.equal(await check({ XDG_CACHE_HOME: '/dev/null' }), 'compiled now')
      assert.equal(await check({ HOME: '/nonexistent' }), 'compiled now')
      await check({})
      const count = await files()
      const folder = open((await import('../../package.json', { with: { type: 'json' } })).default.version) ?? ''
      const [inside = ''] = await readdir(folder)
      for (const name of await readdir(join(folder, inside))) await writeFile(join(folder, inside, name), 'spoiled')
      assert.equal(await check({}), 'compiled now')
      assert.equal(await check({}), 'compiled before')
      assert.equal(await files(), count)
      await chmod(folder, 0o777)
      assert.equal(await check({}), 'compiled now')
    })
  })
})
