import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRotatingFile } from '../../../bin/log/rotating-file.ts'

const module = join(import.meta.dirname, '../../../bin/log/rotating-file.ts')
/** More than a process writes between two looks at the file. */
const filler = 'x'.repeat(70_000)

/** Writes numbered lines to a small file, as fast as it can. */
const program = `
  import { openRotatingFile } from ${JSON.stringify(module)}
  const [file, name] = process.argv.slice(1)
  const log = openRotatingFile(file, { fullBytes: 200_000, keep: 1000, refused: (message) => { throw new Error(message) } })
  for (let line = 0; line < 3000; line += 1) log.write(JSON.stringify({ name, line, text: 'é'.repeat(500) }) + '\\n')
`

describe('a log file that is full', () => {
  let dir: string
  let file: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-log-'))
    file = join(dir, 'hub.log')
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const refusals: string[] = []
  const open = (fullBytes = 100_000, keep = 2) =>
    openRotatingFile(file, { fullBytes, keep, refused: (message) => void refusals.push(message) })
  const texts = async () => {
    const names = (await readdir(dir)).filter((name) => name.startsWith('hub.log'))
    return Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
  }
  const lines = async () => (await texts()).flatMap((text) => text.split('\n').slice(0, -1))

  it('is renamed, and of those only the newest are kept', async () => {
    const log = open()
    for (let line = 0; line < 20; line += 1) {
      log.write(`${line} ${filler}\n`)
      // The names tell moments apart that are a millisecond apart.
      for (const now = Date.now(); Date.now() === now; );
    }
    await writeFile(join(dir, 'hub.log.mine'), 'mine')
    const names = (await readdir(dir)).filter((name) => name !== 'hub.log.mine')
    assert.equal(names.length, 3)
    assert.ok(names.includes('hub.log'))
    const numbers = (await lines()).map((line) => Number.parseInt(line, 10)).sort((a, b) => a - b)
    assert.equal(numbers.at(-1), 19)
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => 20 - numbers.length + index),
    )
    for (const name of names) assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600)
  })

  it('loses and tears no line of several processes', async function () {
    this.timeout(300_000)
    const children = ['a', 'b', 'c'].map((name) =>
      spawn(process.execPath, ['--input-type=module', '--eval', program, file, name], { stdio: 'inherit' }),
    )
    for (const [code] of await Promise.all(children.map((child) => once(child, 'exit')))) assert.equal(code, 0)
    assert.ok((await readdir(dir)).length > 3)
    const seen = new Set((await lines()).map((line) => JSON.parse(line)).map(({ name, line }) => `${name}${line}`))
    assert.equal(seen.size, 9000)
    assert.equal((await lines()).length, 9000)
  })

  it('goes on where another file was put in its place, as logrotate does', async () => {
    const log = open(0)
    log.write(`1 ${filler}\n`)
    await rename(file, join(dir, 'hub.log.mine'))
    log.write('2\n')
    log.write(`3 ${filler}\n`)
    log.write('4\n')
    assert.match(await readFile(file, 'utf8'), /4\n$/)
    assert.equal((await lines()).length, 4)
  })

  it('begins with a line of its own after a writer that was killed in the middle of one', async () => {
    await writeFile(file, '{"half":')
    open().write('{"whole":1}\n')
    assert.equal(await readFile(file, 'utf8'), '{"half":\n{"whole":1}\n')
  })

  it('goes on in the file, and says so once, where it cannot be renamed', async () => {
    // No file can have a name that is longer.
    file = join(dir, 'hub.log'.padEnd(250, 'x'))
    const log = open()
    for (let line = 0; line < 5; line += 1) log.write(`${line} ${filler}\n`)
    assert.equal((await lines()).length, 5)
    assert.equal(refusals.length, 1)
  })
})
