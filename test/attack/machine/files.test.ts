import { chmod, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { undefinedIf } from '../../../net/error-code.ts'
import { runDirOf } from '../../../net/machine/run-dir.ts'
import { configText, launch } from '../../bin/world.ts'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: another account of the machine, where the data folder is open to all', function () {
  this.timeout(300_000)
  let folder: string
  let data: string
  let course: string
  let carrel: Carrel
  let server: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-open-'))
    data = join(folder, 'data')
    course = join(folder, 'course')
    for (const name of ['', 'logs', 'workspaces']) await open(join(data, name))
    await open(course)
    await writeFile(join(course, 'welcome.txt'), 'hello', { mode: 0o644 })
    // Makes files with the open modes that an earlier version has left.
    const db = new DatabaseSync(join(data, 'carrel.sqlite'))
    db.exec('pragma journal_mode = wal')
    db.close()
    await writeFile(join(data, 'logs', 'hub.log'), '')
    for (const file of ['carrel.sqlite', 'logs/hub.log']) await chmod(join(data, file), 0o644)
    const config = configText.replace("image: ''", `image: ${JSON.stringify(course)}`)
    // Starts Carrel with the umask of an account that shares everything.
    const mask = process.umask(0)
    try {
      carrel = await startCarrel({ config, dataDir: folder })
    } finally {
      process.umask(mask)
    }
    server = (await launch(carrel, 'working')).id
  })
  after(async () => {
    await carrel?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(path: string) {
    await mkdir(path, { recursive: true })
    await chmod(path, 0o755)
  }

  /** Returns all below a folder that other accounts may read, write or enter, without what is below `but`. */
  const openBelow = async (root: string, but: string): Promise<string[]> => {
    const found: string[] = []
    for (const name of await readdir(root)) {
      const path = join(root, name)
      // A file that is just being replaced has two names for a moment.
      const own = await lstat(path).catch(undefinedIf('ENOENT'))
      if (own === undefined) continue
      if ((own.mode & 0o077) !== 0) found.push(path)
      if ((await stat(path).catch(undefinedIf('ENOENT')))?.isDirectory() && path !== but)
        found.push(...(await openBelow(path, but)))
    }
    return found
  }

  const table: Attack[] = [
    {
      name: 'reads the database, logs, secrets, routes and workspaces',
      rule: 'files',
      attempt: async () => {
        const found = await openBelow(data, join(data, 'workspaces', server))
        const names = (await readdir(data)).filter((name) => name.startsWith('carrel.sqlite'))
        return [found.map((path) => path.slice(data.length + 1)), names.length >= 3]
      },
      // The folder of logs was open before and stays open, but nothing in it can be read.
      expected: [['logs'], true],
    },
    {
      name: 'connects to the sockets, and reads the run folder',
      rule: 'files',
      attempt: async () => {
        const runDir = runDirOf(data, process.env)
        const { mode } = await stat(runDir)
        const sockets = (await readdir(runDir)).filter((name) => name.endsWith('.sock'))
        return [(mode & 0o077) === 0, sockets.sort(), await openBelow(runDir, join(runDir, `${server}-1`))]
      },
      expected: [true, ['hub.sock', 'proxy.sock'], []],
    },
  ]
  attacks(table)
})
