import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import type { MountedHome } from '../../../spawners/files.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import type { OpenContext, ServerSpec } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { contextOf, ended, key, node, specOf } from './world.ts'

const context = {
  signal: new AbortController().signal,
  report: () => undefined,
  record: async () => undefined,
  bundle: noBundle,
}

describe('homes of the process spawner', () => {
  let dataDir: string
  let runDir: string
  let image: string
  let warnings: string[]

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    image = join(dataDir, 'image')
    warnings = []
    await write(image, { 'welcome.ipynb': 'welcome', 'week 1/intro.ipynb': 'intro', '.git/config': 'of the course' })
  })
  afterEach(async () => {
    const spawner = await open()
    for (const run of await spawner.list()) await spawner.stop(run, undefined, { graceSeconds: 0 })
    await rm(runDir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  const open = (more: Partial<OpenContext> = {}) =>
    processSpawner().open(contextOf(dataDir, { warn: (message) => warnings.push(message), ...more }))
  const own = (...path: string[]) => join(dataDir, 'homes', 'homeofatest1', 'files', ...path)
  const workspace = (...path: string[]) => join(dataDir, 'workspaces', key.server, ...path)
  const labels = { id: 'homeofatest1', account: 'password/ann', course: 'demo' }

  async function homeOf(more: Partial<MountedHome> = {}): Promise<MountedHome> {
    const spawner = await open()
    const state = (await spawner.homes?.make(labels, context)) ?? {}
    return { id: labels.id, state, path: '/home/jovyan/work', fromImage: true, ...more }
  }

  /** Starts a server, waits until its program ends, and removes the run. */
  async function visit(more: Partial<ServerSpec> = {}, script = ''): Promise<void> {
    const spawner = await open()
    await spawner.start(specOf(node(script), { image, ...more }), context)
    const { code, lines } = await ended(spawner, key)
    assert.equal(code, 0, lines?.join('\n'))
    await spawner.stop(key, undefined, { graceSeconds: 0 })
  }

  it('are closed to other accounts, with their labels beside their files', async () => {
    await homeOf()
    for (const folder of ['homes', 'homes/homeofatest1', 'homes/homeofatest1/files']) {
      assert.equal((await lstat(join(dataDir, folder))).mode & 0o777, 0o700)
    }
    const about = JSON.parse(await readFile(join(dataDir, 'homes', 'homeofatest1', 'about.json'), 'utf8'))
    assert.deepEqual(about, { installation: contextOf('').installation, ...labels })
  })

  it('get the files of a course as a workspace does, and follow it where the learner has changed nothing', async () => {
    const home = await homeOf()
    await visit({ home })
    assert.equal(await readFile(own('.git', 'config'), 'utf8'), 'of the course')
    await writeFile(own('week 1', 'intro.ipynb'), 'my work')
    await write(image, { 'welcome.ipynb': 'mended', 'week 1/intro.ipynb': 'mended', 'week 2/new.ipynb': 'new' })
    await visit({ home })
    const texts = ['welcome.ipynb', 'week 1/intro.ipynb', 'week 2/new.ipynb'].map((path) => readFile(own(path), 'utf8'))
    assert.deepEqual(await Promise.all(texts), ['mended', 'my work', 'new'])
    assert.deepEqual(await readdir(join(dataDir, 'workspaces')), [])
  })

  it('say why a course whose folder is gone cannot begin, and go on with the files they have', async () => {
    const home = await homeOf()
    const away = `${image}-away`
    await rename(image, away)
    await assert.rejects(visit({ home }), /files of this course are not there/)
    await (await open()).stop(key, undefined, { graceSeconds: 0 })
    await rename(away, image)
    await visit({ home })
    await rename(image, away)
    await visit({ home }, "fs.readFileSync('welcome.ipynb')")
  })

  it('have whole files or none of a course when a hub is killed while it brings them, and the next start brings the rest', async () => {
    const home = await homeOf()
    const big = 'x'.repeat(30_000_000)
    const names = ['big 0', 'week 1/big 1', 'big 2', 'week 1/big 3']
    await write(image, Object.fromEntries(names.map((name) => [name, big])))
    // First with an empty home, then with one in which something is.
    for (const round of [1, 2]) {
      // Hears also of a draft that is there for a moment only.
      const watcher = watch(join(dataDir, 'homes'))
      const drafted = new Promise<void>((resolve) => {
        watcher.on('change', (_event, name) => String(name).startsWith('.new-') && resolve())
      })
      const task = { start: specOf(node(''), { image, home }), installation: contextOf('').installation }
      const module = join(import.meta.dirname, 'hub-of-a-test.ts')
      const program = join(import.meta.dirname, '..', 'files', 'hub-process.ts')
      const hub = spawn(process.execPath, [program, module, dataDir, JSON.stringify(task)], { stdio: 'inherit' })
      const over = once(hub, 'exit')
      await Promise.race([drafted, over.then(() => assert.fail('the hub has ended by itself'))])
      hub.kill('SIGKILL')
      await over
      watcher.close()
      for (const name of names) {
        const found = await lstat(own(name)).catch(() => undefined)
        assert.ok(found === undefined || found.size === big.length)
      }
      await (await open()).stop(key, undefined, { graceSeconds: 0 })
      if (round === 1) await writeFile(own('mine'), 'my work')
    }
    await visit({ home })
    for (const name of [...names, 'welcome.ipynb']) {
      assert.equal(await readFile(own(name), 'utf8'), await readFile(join(image, name), 'utf8'))
    }
    assert.equal(await readFile(own('mine'), 'utf8'), 'my work')
  })

  it('take over the workspace of a server whose course had no home, with the list of what was given', async () => {
    await visit({}, "fs.writeFileSync('mine', 'my work'); fs.writeFileSync('welcome.ipynb', 'changed')")
    const home = await homeOf()
    const spawner = await open()
    assert.ok((await spawner.filesAtStart?.({ server: key.server, image, home }, ''))?.includes('mine'))
    await write(image, { 'welcome.ipynb': 'mended', 'week 1/intro.ipynb': 'mended' })
    await visit({ home })
    const texts = ['mine', 'welcome.ipynb', 'week 1/intro.ipynb'].map((path) => readFile(own(path), 'utf8'))
    assert.deepEqual(await Promise.all(texts), ['my work', 'changed', 'mended'])
    assert.deepEqual(await readdir(join(dataDir, 'workspaces')), [])
    await spawner.forget?.(key.server)
    assert.equal(await readFile(own('mine'), 'utf8'), 'my work')
    assert.ok((await spawner.filesAtStart?.({ server: key.server, image, home }, ''))?.includes('mine'))
    assert.deepEqual(warnings, [])
  })

  it('take over what a hub has left that was killed while it moved a workspace', async () => {
    await visit({}, "fs.writeFileSync('mine', 'my work')")
    const home = await homeOf()
    await rename(join(dataDir, 'workspaces', `.given-${key.server}`), join(dirname(own()), 'given'))
    await write(image, { 'welcome.ipynb': 'mended' })
    await visit({ home })
    const texts = ['mine', 'welcome.ipynb'].map((path) => readFile(own(path), 'utf8'))
    assert.deepEqual(await Promise.all(texts), ['my work', 'mended'])
  })

  it('that have files leave a workspace where it is, and say so', async () => {
    await visit({}, "fs.writeFileSync('mine', 'in the workspace')")
    const home = await homeOf()
    await writeFile(own('mine'), 'in the home')
    await visit({ home })
    assert.equal(await readFile(own('mine'), 'utf8'), 'in the home')
    assert.equal(await readFile(workspace('mine'), 'utf8'), 'in the workspace')
    assert.match(warnings.join('\n'), /workspaces.*stay where they are/)
  })

  it('tell the files with which a server would start, without those of the course where it brings none', async () => {
    const home = await homeOf({ fromImage: false })
    const spawner = await open()
    const files = (more: object) => spawner.filesAtStart?.({ server: undefined, image, ...more }, '')
    assert.deepEqual(await files({ home }), [])
    await writeFile(own('mine'), '')
    assert.deepEqual(await files({ home }), ['mine'])
    assert.deepEqual((await files({ home: { ...home, fromImage: true } }))?.sort(), [
      ...['.git', 'mine', 'week 1', 'welcome.ipynb'],
    ])
  })

  it('are not there in part: what a killed hub has left is removed an hour later, and nothing else', async () => {
    await homeOf()
    const [fresh, old, gone] = ['.new-fresh', '.new-old', '.gone-old'].map((name) => join(dataDir, 'homes', name))
    for (const folder of [fresh, old, gone]) await write(folder ?? '', { 'files/mine': '' })
    for (const folder of [old, gone]) await promisify(execFile)('touch', ['-t', '202001010000', folder ?? ''])
    await promisify(execFile)('touch', ['-t', '202001010000', join(dataDir, 'homes', 'homeofatest1')])
    const spawner = await open()
    assert.deepEqual((await readdir(join(dataDir, 'homes'))).sort(), ['.new-fresh', 'homeofatest1'])
    assert.equal((await spawner.homes?.list())?.length, 1)
  })

  it('whose labels are damaged hide no other, and are neither taken nor removed', async () => {
    await homeOf()
    const spawner = await open()
    await spawner.homes?.make({ ...labels, id: 'homeofatest2' }, context)
    await writeFile(own('mine'), '')
    const { installation } = contextOf('')
    for (const damage of ['', '{}', JSON.stringify({ installation, ...labels, id: 'homeofatest2' })]) {
      await writeFile(join(dirname(own()), 'about.json'), damage)
      assert.deepEqual(
        (await spawner.homes?.list())?.map(({ id }) => id),
        ['homeofatest2'],
      )
      await assert.rejects(async () => spawner.homes?.make(labels, context))
      await assert.rejects(async () => spawner.homes?.remove(labels.id, {}))
    }
    assert.deepEqual(await readdir(own()), ['mine'])
    // Said once, and not of labels that can be read and are another's.
    assert.deepEqual(
      warnings.map((text) => /homeofatest1 is left out/.test(text)),
      [true],
    )
  })

  it('have ids that lead nowhere else', async () => {
    const spawner = await open()
    for (const id of ['../workspaces', '.', '', 'a/b', 'homeofatest1/files', 'A']) {
      await assert.rejects(async () => spawner.homes?.make({ ...labels, id }, context), /is not the id of a home/)
      await assert.rejects(async () => spawner.homes?.remove(id, {}), /is not the id of a home/)
      await assert.rejects(async () => spawner.homes?.measure(id, {}, context), /is not the id of a home/)
      await assert.rejects(async () => spawner.errands?.end(id), /is not the id of an errand/)
      assert.throws(() => spawner.folderOf({ id, state: {}, path: '/', fromImage: false }), /is not the id of a home/)
    }
  })
})

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}
