import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { bringFiles } from '../../../spawners/process/course-files.ts'
import { forgetWorkspace, namesAtStart, openWorkspaces, prepareWorkspace } from '../../../spawners/process/workspace.ts'

const server = 'serverofatest'

describe("the course's files in a workspace that exists", () => {
  let dataDir: string
  let image: string
  let own: string
  let warnings: string[]

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    image = join(dataDir, 'image')
    own = join(dataDir, 'workspaces', server)
    warnings = []
    await openWorkspaces(dataDir, () => undefined)
    await course({ 'welcome.ipynb': 'welcome', 'week 1/intro.ipynb': 'intro', 'data/big.csv': 'numbers' })
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const start = () => prepareWorkspace(dataDir, { server, image }, (message) => warnings.push(message))
  const course = (files: Record<string, string>) => write(image, files)
  const learner = (files: Record<string, string>) => write(own, files)

  it('are brought when the course has new ones, also in new folders', async () => {
    await start()
    await course({ 'week2.ipynb': 'week 2', 'week 3/a/b.ipynb': 'deep' })
    await start()
    assert.equal(await textOf('week2.ipynb'), 'week 2')
    assert.equal(await textOf('week 3/a/b.ipynb'), 'deep')
    assert.deepEqual(warnings, [])
  })

  it('follow the course as long as the learner has not changed them, and never after that', async () => {
    await start()
    await course({ 'welcome.ipynb': 'welcome, mended', 'week 1/intro.ipynb': 'intro, mended' })
    await learner({ 'week 1/intro.ipynb': 'my work' })
    await start()
    assert.equal(await textOf('welcome.ipynb'), 'welcome, mended')
    assert.equal(await textOf('week 1/intro.ipynb'), 'my work')
    await course({ 'welcome.ipynb': 'welcome, mended twice', 'week 1/intro.ipynb': 'intro, mended twice' })
    await start()
    assert.equal(await textOf('welcome.ipynb'), 'welcome, mended twice')
    assert.equal(await textOf('week 1/intro.ipynb'), 'my work')
  })

  it("leave alone what the learner has made under a name that the course uses later, also with the course's length", async () => {
    await start()
    await learner({ 'week2.ipynb': 'learn.' })
    await course({ 'week2.ipynb': 'course' })
    for (const version of ['course', 'coursE']) {
      await course({ 'week2.ipynb': version })
      await start()
      assert.equal(await textOf('week2.ipynb'), 'learn.')
    }
  })

  it('come back when the learner has removed them, and stay when the course has removed them', async () => {
    await start()
    await rm(join(own, 'welcome.ipynb'))
    await rm(join(own, 'data'), { recursive: true })
    await rm(join(image, 'week 1'), { recursive: true })
    await start()
    assert.equal(await textOf('welcome.ipynb'), 'welcome')
    assert.equal(await textOf('data/big.csv'), 'numbers')
    assert.equal(await textOf('week 1/intro.ipynb'), 'intro')
  })

  it('are known to a workspace without a list, of an older version or of a start that was killed, by their content', async () => {
    await start()
    await learner({ 'data/big.csv': 'mine' })
    for (const damage of [() => rm(list()), () => writeFile(list(), '[["welcome.ipynb", 7')]) {
      await damage()
      await start()
    }
    await course({ 'welcome.ipynb': 'mended', 'data/big.csv': 'mended' })
    await start()
    assert.equal(await textOf('welcome.ipynb'), 'mended')
    assert.equal(await textOf('data/big.csv'), 'mine')
  })

  it('are copied as links where the course has links, which lead nowhere else for it', async () => {
    await symlink('welcome.ipynb', join(image, 'first'))
    await start()
    await symlink('/etc/hostname', join(image, 'second'))
    await rm(join(image, 'first'))
    await symlink('week 1', join(image, 'first'))
    await start()
    assert.equal(await readlink(join(own, 'first')), 'week 1')
    assert.equal(await readlink(join(own, 'second')), '/etc/hostname')
  })

  it('are never written through a link of the learner, nor in the place of anything else', async () => {
    await start()
    const outside = join(dataDir, 'outside')
    await mkdir(outside)
    await rm(join(own, 'week 1'), { recursive: true })
    await symlink(outside, join(own, 'week 1'))
    for (const path of ['data', 'welcome.ipynb']) await rm(join(own, path), { recursive: true })
    await learner({ data: 'a file in the place of a folder', 'welcome.ipynb/mine': 'a folder in the place of a file' })
    await symlink(join(outside, 'new.ipynb'), join(own, 'new.ipynb'))
    await promisify(execFile)('mkfifo', [join(own, 'pipe.ipynb')])
    const all = { 'welcome.ipynb': 'new', 'week 1/intro.ipynb': 'new', 'week 1/b/c': 'new', 'data/big.csv': 'new' }
    await course({ ...all, 'new.ipynb': 'new', 'pipe.ipynb': 'new' })
    await start()
    assert.deepEqual(await readdir(outside), [])
    assert.equal(await textOf('data'), 'a file in the place of a folder')
    assert.equal(await textOf('welcome.ipynb/mine'), 'a folder in the place of a file')
    assert.ok((await lstat(join(own, 'pipe.ipynb'))).isFIFO())
    assert.deepEqual(warnings, [])
  })

  for (const path of ['week2.ipynb', 'welcome.ipynb']) {
    it(`are not put where the learner has written a file just then, as ${path}`, async () => {
      await start()
      await course({ [path]: 'from the course, later' })
      // The draft is asked for between the look and the moment when the file is put there.
      const draft = () => {
        writeFileSync(join(own, path), 'mine')
        return join(dataDir, 'draft')
      }
      assert.deepEqual(await bringFiles({ image, workspace: own, list: list(), draft }), [])
      assert.equal(await textOf(path), 'mine')
      await start()
      assert.equal(await textOf(path), 'mine')
    })
  }

  it("bring nothing into the learner's repository, whose parts only change together", async () => {
    await course({ '.git/HEAD': 'ref: refs/heads/main', '.git/refs/heads/main': 'one' })
    await start()
    await course({ '.git/refs/heads/main': 'two', '.git/objects/ab': 'object', 'welcome.ipynb': 'mended' })
    await start()
    assert.equal(await textOf('.git/refs/heads/main'), 'one')
    assert.deepEqual((await readdir(join(own, '.git'))).sort(), ['HEAD', 'refs'])
    assert.equal(await textOf('welcome.ipynb'), 'mended')
  })

  it('never keep a learner from the workspace: what cannot be brought is told to the operator', async () => {
    await start()
    await course({ 'a.ipynb': 'a', 'b.ipynb': 'b' })
    const noRoom = () => join(dataDir, 'no such folder', 'draft')
    const problems = await bringFiles({ image, workspace: own, list: list(), draft: noRoom })
    assert.match(problems.sort().join(), /a\.ipynb of the course could not be brought to .*b\.ipynb of the course/)
    await rm(list())
    await mkdir(list())
    assert.equal(await start(), own)
    assert.match(warnings.join(), /EISDIR.* The notebook starts without/)
  })

  it('may be gone: the learner goes on with the copies', async () => {
    await start()
    await rm(image, { recursive: true })
    assert.equal(await start(), own)
    assert.equal(await textOf('welcome.ipynb'), 'welcome')
  })

  it('are named among those with which the next start begins', async () => {
    await start()
    await course({ 'week2.ipynb': 'week 2' })
    await learner({ 'mine.ipynb': 'mine' })
    const names = await namesAtStart(dataDir, { server, image }, '')
    assert.deepEqual(names?.sort(), ['data', 'mine.ipynb', 'week 1', 'week2.ipynb', 'welcome.ipynb'])
  })

  it('have a list that stays as long as the workspace, and goes with it', async () => {
    await start()
    await utimes(list(), 0, 0)
    await openWorkspaces(dataDir, () => undefined)
    assert.ok((await readFile(list(), 'utf8')).includes('welcome.ipynb'))
    assert.equal((await lstat(list())).mode & 0o077, 0)
    await forgetWorkspace(dataDir, server)
    assert.deepEqual(await readdir(dirname(own)), [])
  })

  const list = () => join(dirname(own), `.given-${server}`)
  const textOf = (path: string) => readFile(join(own, path), 'utf8')
})

describe('a start of a workspace that is killed at any step', function () {
  this.timeout(300_000)

  const old = { 'a.ipynb': 'a', 'week 1/b.ipynb': 'b' }
  const renewed = { 'a.ipynb': 'a, mended', 'week 1/b.ipynb': 'b, mended', 'week 2/c.ipynb': 'c' }

  let cache: string
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })
  after(() => rm(cache, { recursive: true }))

  /** Kills a start before its step `at`. Returns false when the start needed no more steps, and so was not killed. */
  async function killStart(dataDir: string, at: number): Promise<boolean> {
    const script = `import { prepareWorkspace } from ${JSON.stringify(import.meta.resolve('../../../spawners/process/workspace.ts'))}
await prepareWorkspace(process.argv[1], { server: ${JSON.stringify(server)}, image: process.argv[1] + '/image' }, () => {})`
    const dying = `data:text/javascript,${encodeURIComponent(dieAt)}`
    const args = ['--import', dying, '--input-type=module', '-e', script, dataDir]
    const env = { ...process.env, NODE_COMPILE_CACHE: cache, DIE_AT: String(at) }
    return promisify(execFile)(process.execPath, args, { env }).then(
      () => false,
      (error: { signal?: string; stderr?: string }) => error.signal === 'SIGKILL' || Promise.reject(error),
    )
  }

  for (const [what, isFirst] of [
    ['the first one', true],
    ['a later one', false],
  ] as const) {
    it(`leaves each file whole, and the next start brings the rest: ${what}`, async () => {
      let wasKilled = true
      let at = 0
      for (; wasKilled; at += 1) {
        const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
        try {
          const image = join(dataDir, 'image')
          const own = join(dataDir, 'workspaces', server)
          const start = () => prepareWorkspace(dataDir, { server, image }, (message) => assert.fail(message))
          await openWorkspaces(dataDir, () => undefined)
          await write(image, old)
          if (!isFirst) {
            await start()
            await write(own, { 'a.ipynb': 'my work' })
            await write(image, renewed)
          }
          wasKilled = await killStart(dataDir, at)
          const found = await read(own)
          for (const [path, text] of Object.entries(found)) {
            const sound: Record<string, string[]> = {
              'a.ipynb': isFirst ? ['a'] : ['my work'],
              'week 1/b.ipynb': isFirst ? ['b'] : ['b', 'b, mended'],
              'week 2/c.ipynb': ['c'],
            }
            assert.ok(sound[path]?.includes(text), `${path} is ${text} at step ${at}`)
          }
          assert.ok([0, Object.keys(old).length].includes(Object.keys(found).length) || !isFirst)
          await write(image, renewed)
          await start()
          assert.deepEqual(await read(own), { ...renewed, ...(!isFirst && { 'a.ipynb': 'my work' }) }, `step ${at}`)
          const others = (await readdir(join(dataDir, 'workspaces'))).filter((name) => !/^\.new-/.test(name))
          assert.deepEqual(others.sort(), [`.given-${server}`, server])
        } finally {
          await rm(dataDir, { recursive: true })
        }
      }
      assert.ok(at > 5, 'a start has several steps')
    })
  }
})

/** Ends the process before one of its changes to files, as the system would end it with `kill -9`. */
const dieAt = `
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
let left = Number(process.env.DIE_AT)
for (const name of ['rename', 'link', 'symlink', 'copyFile', 'cp', 'writeFile', 'mkdir', 'chmod', 'rm']) {
  const act = fs[name]
  fs[name] = (...args) => {
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    left -= 1
    return act(...args)
  }
}
syncBuiltinESMExports()
`

/** Returns the texts of all files in a folder; none where there is no folder. */
async function read(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const texts = files.map(async (file) => [relative(folder, file), await readFile(file, 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
