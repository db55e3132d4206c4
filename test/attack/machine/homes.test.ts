/** Attacks by what a learner puts into her home, and by ids and archives from elsewhere, with the process spawner. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeTree } from '../../../net/machine/remove-tree.ts'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import type { MountedBundle, MountedHome } from '../../../spawners/files.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import type { ServerSpec, Spawner } from '../../../spawners/spawner.ts'
import { newBundle, plain, type TestBundle } from '../../spawners/files/archive.ts'
import { contextOf, ended, node, specOf } from '../../spawners/process/world.ts'
import { type Attack, attacks } from '../table.ts'

describe("attack: a learner's home", function () {
  this.timeout(300_000)
  const key = { server: 'serverofattack', run: 1 }
  const labels = { id: 'homeofattack', account: 'password/mallory', course: 'demo' }
  const { signal } = new AbortController()
  let folder: string
  let data: string
  let outside: string
  let image: string
  let runDir: string
  let spawner: Spawner
  let home: MountedHome
  let bundle: TestBundle

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    data = join(folder, 'data')
    outside = join(folder, 'outside')
    image = join(folder, 'image')
    for (const path of [data, outside, join(image, 'week 1')]) await mkdir(path, { recursive: true })
    await writeFile(join(image, 'week 1', 'intro.ipynb'), 'of the course')
    await writeFile(join(image, 'notes.txt'), 'of the course')
    runDir = await openRunDir(data, process.env)
    spawner = await processSpawner().open(contextOf(data))
    const state = (await spawner.homes?.make(labels, { signal })) ?? {}
    home = { id: labels.id, state, path: '/home/jovyan/work', fromImage: true }
    bundle = await newBundle({}, plain, { path: '/srv/x', into: 'home' })
  })
  afterEach(async () => {
    await bundle.remove()
    await removeTree(runDir)
    await removeTree(folder)
  })

  const own = (...path: string[]) => join(spawner.folderOf(home), ...path)
  const visit = async (more: Partial<ServerSpec> = {}) => {
    const bundles: MountedBundle[] = [bundle.mounted]
    const spec = specOf(node(''), { ...key, image, home, bundles, ...more })
    const context = { signal, report: () => undefined, record: async () => undefined, bundle: bundle.give }
    await spawner.start(spec, context)
    const { code } = await ended(spawner, key)
    await spawner.stop(key, undefined, { graceSeconds: 0 })
    return code
  }
  const refused = async (act: () => Promise<unknown> | undefined) => {
    try {
      await act()
      return 'done'
    } catch {
      return 'refused'
    }
  }

  const table: Attack[] = [
    {
      name: 'lays links in the place of files and folders that a course or a bundle brings: nothing is written behind them',
      rule: 'homes',
      attempt: async () => {
        await mkdir(own('mine'))
        await symlink(outside, own('week 1'))
        await symlink(join(outside, 'evil'), own('notes.txt'))
        await symlink('mine', own('deep'))
        await symlink(outside, own('.carrel-copies'))
        return [await visit(), await readdir(outside), await readdir(own('mine'))]
      },
      expected: [0, [], []],
    },
    {
      name: 'lays a link to a bundle in the place of a folder that a course brings: the bundle stays as it is',
      rule: 'homes',
      attempt: async () => {
        await visit()
        await rm(own('week 1'), { recursive: true })
        await symlink(spawner.folderOf(bundle.mounted), own('week 1'))
        return [await visit(), (await readdir(spawner.folderOf(bundle.mounted))).sort()]
      },
      expected: [0, ['deep', 'notes.txt']],
    },
    {
      name: 'lays a link out of her home, which is then removed: the link goes, and what it leads to stays',
      rule: 'homes',
      attempt: async () => {
        await writeFile(join(outside, 'theirs'), 'kept')
        await symlink(outside, own('link'))
        await spawner.homes?.remove(home.id, home.state)
        return [await readFile(join(outside, 'theirs'), 'utf8'), await spawner.homes?.list()]
      },
      expected: ['kept', []],
    },
    {
      name: 'has a home asked for by the labels of another account, another installation, or a path: each is refused',
      rule: 'homes',
      attempt: async () => {
        const stranger = await processSpawner().open(contextOf(data, { installation: { name: 'x', id: 'y' } }))
        return [
          await refused(() => spawner.homes?.make({ ...labels, account: 'password/ann' }, { signal })),
          await refused(() => stranger.homes?.make(labels, { signal })),
          await refused(() => stranger.homes?.remove(labels.id, {})),
          await refused(() => spawner.homes?.remove('../homes/homeofattack', {})),
          await refused(async () => spawner.folderOf({ ...home, id: '../../outside' })),
          (await readdir(join(data, 'homes'))).sort(),
        ]
      },
      expected: [...Array(5).fill('refused'), ['homeofattack']],
    },
  ]
  attacks(table)
})
