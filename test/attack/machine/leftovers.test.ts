/** Attacks by what a learner's program leaves on the disk for the hub to remove, with the process spawner. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { removeTree } from '../../../net/machine/remove-tree.ts'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import { runFolder } from '../../../spawners/process/run-folder.ts'
import type { ServerSpec, Spawner } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { ended, node } from '../../spawners/process/world.ts'
import { type Attack, attacks } from '../table.ts'

/**
 * Returns a script that leaves folders deeper than a path may be long, a folder closed to its owner, a pipe without a
 * writer, and a link to a file that is not the learner's.
 */
const litter = (precious: string) => `
  const { execFileSync } = require('node:child_process')
  const leave = () => {
    fs.symlinkSync(${JSON.stringify(precious)}, 'link')
    execFileSync('mkfifo', ['pipe'])
    fs.mkdirSync('closed')
    fs.writeFileSync('closed/file', '')
    fs.mkdirSync('closed/within', { mode: 0 })
    fs.chmodSync('closed', 0o500)
    for (let depth = 0; depth < 100; depth += 1) {
      fs.mkdirSync('x'.repeat(100))
      process.chdir('x'.repeat(100))
    }
  }
  leave()
  process.chdir(require('node:path').dirname(process.env.JUPYTER_RUNTIME_DIR))
  leave()
`

describe('attack: what a server leaves on the disk', function () {
  this.timeout(300_000)
  const key = { server: 'serverofattack', run: 1 }
  const made = { hash: 'h', course: 'demo', user: 'ann', image: '', env: {}, limits: {}, gpu: false, bundles: [] }
  let folder: string
  let precious: string
  let data: string
  let runDir: string
  let warnings: string[]
  let spawner: Spawner
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    precious = join(folder, 'precious')
    data = join(folder, 'data')
    warnings = []
    await mkdir(precious)
    await mkdir(data)
    await writeFile(join(precious, 'file'), 'kept')
    runDir = await openRunDir(data, process.env)
    spawner = await open()
    const spec: ServerSpec = { ...key, ...made, ...node(litter(precious)) }
    const context = {
      signal: new AbortController().signal,
      report: () => undefined,
      record: async () => undefined,
      bundle: noBundle,
    }
    await spawner.start(spec, context)
    const { code, lines } = await ended(spawner, key)
    if (code !== 0) throw new Error(lines?.join('\n'))
  })
  afterEach(async () => {
    await removeTree(runDir)
    await removeTree(folder)
  })

  const open = () => {
    const installation = { name: 'carrel', id: 'attacked' }
    const urls = { hubUrl: 'http://127.0.0.1:1', serversUrl: 'http://localhost:1' }
    return processSpawner().open({ installation, dataDir: data, ...urls, warn: (text) => void warnings.push(text) })
  }
  const left = async () => [await readdir(runDir), await readdir(join(data, 'workspaces'))]
  const kept = () => readFile(join(precious, 'file'), 'utf8')

  /** Key of another server, which is not attacked. */
  const second = { server: 'anotherserver', run: 1 }
  const start = async (one: typeof key, script: string) => {
    const context = {
      signal: new AbortController().signal,
      report: () => undefined,
      record: async () => undefined,
      bundle: noBundle,
    }
    await spawner.start({ ...one, ...made, ...node(script) }, context)
    await ended(spawner, one)
    return runFolder(runDir, one)
  }
  const pipes = async (at: string, names: string[]) => {
    for (const name of names) {
      await rm(join(at, name), { force: true })
      await promisify(execFile)('mkfifo', [join(at, name)])
    }
  }

  const table: Attack[] = [
    {
      name: 'puts pipes and links in the place of the files of its run: the hub waits for none, and asks and stops as before',
      rule: 'leftovers',
      attempt: async () => {
        const at = await start(second, '')
        await pipes(at, ['log', 'exit', 'pid'])
        const piped = await spawner.poll(second, undefined)
        for (const name of ['log', 'exit', 'pid']) {
          await rm(join(at, name))
          await symlink('/dev/zero', join(at, name))
        }
        const linked = await spawner.poll(second, undefined)
        await spawner.stop(second, undefined, { graceSeconds: 0 })
        return [piped, linked, (await spawner.list()).map(({ server }) => server)]
      },
      expected: [{ state: 'exited', lines: [] }, { state: 'exited', lines: [] }, ['serverofattack']],
    },
    {
      name: 'spoils the file that says whose its run is: others are found and stopped as before',
      rule: 'leftovers',
      attempt: async () => {
        const at = await start(second, '')
        await pipes(at, ['about.json'])
        const found = (await spawner.list()).map(({ server }) => server)
        await spawner.stop(key, undefined, { graceSeconds: 0 })
        return [found, await spawner.list()]
      },
      expected: [['serverofattack'], []],
    },
    {
      name: 'lays a link where the hub writes how it ended: nothing is written behind it',
      rule: 'leftovers',
      attempt: async () => {
        const to = JSON.stringify(join(precious, 'file'))
        const exit = "require('node:path').dirname(process.env.JUPYTER_RUNTIME_DIR) + '/exit'"
        await start(second, `fs.symlinkSync(${to}, ${exit}); process.exitCode = 7`)
        return [await kept(), (await spawner.poll(second, undefined)) as object]
      },
      expected: ['kept', { state: 'exited', code: 7, lines: [] }],
    },
    {
      name: 'makes folders that are too deep or closed, pipes and links: all of it goes at once, and nothing else does',
      rule: 'leftovers',
      attempt: async () => {
        await spawner.stop(key, undefined, { graceSeconds: 0 })
        await spawner.forget?.(key.server)
        return [await left(), await kept(), warnings]
      },
      expected: [[[], []], 'kept', []],
    },
    {
      name: 'has a hub die while it removes such folders: the next one starts, and removes them',
      rule: 'leftovers',
      attempt: async () => {
        const gone = [join(runDir, '.gone-run'), join(data, 'workspaces', '.gone-workspace')]
        await rename(runFolder(runDir, key), gone[0] ?? '')
        await rename(join(data, 'workspaces', key.server), gone[1] ?? '')
        for (const path of gone) await utimes(path, 0, 0)
        await open()
        return [await left(), await kept(), warnings]
      },
      expected: [[[], []], 'kept', []],
    },
    {
      name: 'puts a link in the place of its workspace: the link goes, and what it leads to stays',
      rule: 'leftovers',
      attempt: async () => {
        const workspace = join(data, 'workspaces', key.server)
        await removeTree(workspace)
        await symlink(precious, workspace)
        await spawner.stop(key, undefined, { graceSeconds: 0 })
        await spawner.forget?.(key.server)
        return [await left(), await kept()]
      },
      expected: [[[], []], 'kept'],
    },
  ]
  attacks(table)
})
