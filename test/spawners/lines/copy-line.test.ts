import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Copy, copyLine } from '../../../spawners/lines/copy-line.ts'
import { until } from '../../helpers/until.ts'

describe('the line that copies files in front of a program', () => {
  let folder: string
  let from: string
  let to: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    from = join(folder, 'from')
    to = join(folder, 'to')
    await write(from, { 'a file': 'new', '.hidden': 'new', '..twice': 'new', 'deep/er/file': 'new', '-n': 'new' })
    await mkdir(to)
  })
  afterEach(async () => {
    await promisify(execFile)('chmod', ['-R', 'u+rwX', folder])
    await rm(folder, { recursive: true })
  })

  const all = ['-n', '..twice', '.hidden', 'a file', 'deep']

  it('copies what is missing, whatever its name, and leaves alone what is there', async () => {
    await write(to, { 'a file': 'mine', 'deep/er/other': 'mine' })
    assert.equal((await run([{ from, to }])).stderr, '')
    assert.deepEqual((await readdir(to)).sort(), all)
    assert.deepEqual(
      await Promise.all(['a file', 'deep/er/file', 'deep/er/other', '-n', '.hidden'].map((path) => textOf(path))),
      ['mine', 'new', 'mine', 'new', 'new'],
    )
  })

  it('copies names with letters that mean something to a shell, at the first time and later', async () => {
    const odd = ['new\nline', '[a]*', 'back\\slash', '$(touch evil)', 'quo\'te"s', '-rf', 'Zoë 🎓', '...', '*']
    await write(
      from,
      Object.fromEntries(odd.flatMap((name) => [`${name}/file`, `deep/${name}`]).map((path) => [path, 'new'])),
    )
    for (const _ of [1, 2]) {
      await run([{ from, to }])
      for (const name of odd) {
        assert.deepEqual(await Promise.all([`${name}/file`, `deep/${name}`].map(textOf)), ['new', 'new'])
      }
      await Promise.all(odd.flatMap((name) => [rm(join(to, name, 'file')), rm(join(to, 'deep', name))]))
    }
    assert.deepEqual((await readdir(to)).sort(), [...all, ...odd].sort())
  })

  it('becomes the program, with its arguments, input, output, folder and environment as they were', async () => {
    const program = ['sh', '-c', 'cat; echo "$PWD|$name|$copies|$*"', 'x', 'a b', '', '*']
    const child = spawn(...of([{ from, to: '.' }], program), {
      cwd: to,
      env: { PATH: process.env.PATH, name: 'kept', copies: '7' },
    })
    child.stdin.end('from its input ')
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    await once(child, 'close')
    assert.equal(output, `from its input ${to}|kept|7|a b  *\n`)
    assert.deepEqual((await readdir(to)).sort(), all)
  })

  it('is the program itself where there is nothing to copy, and ends where there is no program', async () => {
    assert.deepEqual(copyLine([], ['jupyter', 'lab']), ['jupyter', 'lab'])
    await run([{ from, to }], [])
    assert.equal(await textOf('a file'), 'new')
  })

  it('copies links as links', async () => {
    await symlink('../elsewhere', join(from, 'up'))
    await symlink('file', join(from, 'deep', 'er', 'link'))
    await run([{ from, to }])
    assert.equal(await readlink(join(to, 'up')), '../elsewhere')
    assert.equal(await readlink(join(to, 'deep', 'er', 'link')), 'file')
  })

  it('follows links when it is told to, and then leaves out what they lead to', async () => {
    const volume = join(folder, 'volume')
    await write(volume, { '..2026/plain': 'new', '..2026/deep/file': 'new' })
    await symlink('..2026', join(volume, '..data'))
    for (const name of ['plain', 'deep']) await symlink(`..data/${name}`, join(volume, name))
    await write(to, { 'deep/mine': 'mine' })
    await run([{ from: volume, to, follow: true }])
    assert.deepEqual((await readdir(to)).sort(), ['deep', 'plain'])
    assert.deepEqual(await Promise.all(['plain', 'deep/file', 'deep/mine'].map(textOf)), ['new', 'new', 'mine'])
    assert.ok((await lstat(join(to, 'plain'))).isFile())
  })

  it("writes nothing through a learner's link, whether it leads to a folder, a file or nowhere", async () => {
    const outside = join(folder, 'outside')
    await write(outside, { file: 'theirs' })
    for (const [name, target] of [
      ['deep', outside],
      ['a file', join(outside, 'file')],
      ['.hidden', join(outside, 'nothing')],
      ['.carrel-copies', outside],
    ] as const) {
      await symlink(target, join(to, name))
    }
    await run([{ from, to }])
    assert.deepEqual(await readdir(outside), ['file'])
    assert.equal(await readFile(join(outside, 'file'), 'utf8'), 'theirs')
    assert.equal(await readlink(join(to, 'deep')), outside)
    assert.deepEqual((await readdir(to)).sort(), all)
  })

  it('gives its owner the right to write copies of what is read-only', async () => {
    await chmod(join(from, 'a file'), 0o444)
    await chmod(join(from, 'deep', 'er'), 0o555)
    await run([{ from, to }])
    assert.equal((await lstat(join(to, 'a file'))).mode & 0o200, 0o200)
    assert.equal((await lstat(join(to, 'deep', 'er'))).mode & 0o200, 0o200)
  })

  it('says on standard error what it cannot copy, brings the rest, and starts the program all the same', async () => {
    await write(to, { deep: 'a file in the place of a folder' })
    await write(from, { 'other/good': 'new' })
    await symlink('nowhere', join(from, 'other', 'bad'))
    const { stdout, stderr } = await run(
      [
        { from, to, follow: true },
        { from, to: join(folder, 'missing') },
        { from: join(folder, 'missing'), to },
      ],
      ['echo', 'started'],
    )
    assert.equal(stdout, 'started\n')
    assert.match(stderr, /other\/bad/)
    assert.match(stderr, /missing/)
    assert.equal(await textOf('deep'), 'a file in the place of a folder')
    assert.equal(await textOf('other/good'), 'new')
  })

  it('leaves files whole or not there when it is killed, and the next one brings the rest', async () => {
    const big = 'x'.repeat(20_000_000)
    for (let i = 0; i < 5; i += 1) await write(from, { [`big/${i}`]: big, [`big ${i}`]: big })
    for (const look of [() => readdir(join(to, '.carrel-copies')), () => lstat(join(to, 'big 1'))]) {
      const [program, args] = of([{ from, to }], ['true'])
      const child = spawn(program, args, { detached: true, stdio: 'ignore' })
      const over = once(child, 'exit')
      await until(() => look().then(Boolean, () => false))
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await over
      const whole = (await readdir(to)).filter((name) => /^big \d$/.test(name))
      for (const name of whole) assert.equal((await lstat(join(to, name))).size, big.length)
    }
    await run([{ from, to }])
    assert.deepEqual((await readdir(join(to, 'big'))).sort(), ['0', '1', '2', '3', '4'])
    for (const name of ['big/0', 'big/4', 'big 0', 'big 4']) {
      assert.equal((await lstat(join(to, name))).size, big.length)
    }
    assert.ok(!(await readdir(to)).includes('.carrel-copies'))
  })

  function of(copies: Copy[], program: string[]): [string, string[]] {
    const [name = '', ...args] = copyLine(copies, program)
    return [name, args]
  }

  async function run(copies: Copy[], program = ['true']): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(...of(copies, program))
  }

  function textOf(path: string): Promise<string> {
    return readFile(join(to, path), 'utf8')
  }
})

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}
