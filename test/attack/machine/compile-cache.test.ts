import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { openCompileCache } from '../../../bin/boot/compile-cache.js'
import { projectDir } from '../../helpers/carrel.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: another account of the machine wants its code run by Carrel, from the folder of compiled code', () => {
  let folder: string
  let cache: string

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'carrel-cache-')))
    cache = join(folder, 'cache')
    await mkdir(cache)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = (user?: number) => openCompileCache('1.0.0', { XDG_CACHE_HOME: cache }, { user })
  const verdict = (opened: string | undefined) => (opened === undefined ? 'refused' : 'used')

  /** Lets something happen to a folder inside the cache that was made rightly, and returns whether that is used. */
  const after = async (path: string, change: (path: string) => Promise<unknown>) => {
    const made = open()
    if (made === undefined) return 'not made'
    await mkdir(join(made, 'node'), { mode: 0o700 })
    const before = verdict(open())
    await change(join(cache, path))
    return [before, verdict(open())]
  }
  const elsewhere = async (path: string) => {
    const there = join(folder, 'elsewhere')
    await rename(path, there)
    await symlink(there, path)
  }
  const inside = ['carrel', 'carrel/compiled', 'carrel/compiled/1.0.0', 'carrel/compiled/1.0.0/node']

  const table: Attack[] = [
    ...inside.flatMap((path): Attack[] => [
      {
        name: `may write to ${path}`,
        rule: 'files',
        attempt: () => after(path, (changed) => chmod(changed, 0o777)),
        expected: ['used', 'refused'],
      },
      {
        name: `may read ${path}, as one of its group`,
        rule: 'files',
        attempt: () => after(path, (changed) => chmod(changed, 0o750)),
        expected: ['used', 'refused'],
      },
      {
        name: `has put a link to a folder in the place of ${path}`,
        rule: 'files',
        attempt: () => after(path, elsewhere),
        expected: ['used', 'refused'],
      },
    ]),
    {
      name: 'owns the folder',
      rule: 'files',
      attempt: () => {
        const made = open()
        const stranger = (process.getuid?.() ?? 0) + 1
        return Promise.resolve([verdict(made), verdict(open(stranger))])
      },
      expected: ['used', 'refused'],
    },
    {
      name: 'can rename a folder around it',
      rule: 'files',
      attempt: () => after('.', (changed) => chmod(dirname(changed), 0o777)),
      expected: ['used', 'refused'],
    },
    {
      name: 'sees it below a folder where people cannot rename what is not theirs, such as /tmp, for comparison',
      rule: 'files',
      attempt: () => after('.', (changed) => chmod(dirname(changed), 0o1777)),
      expected: ['used', 'used'],
    },
    {
      name: 'has opened it to all: a command runs, and neither reads nor writes there',
      rule: 'files',
      attempt: async () => {
        const made = open() ?? ''
        await chmod(made, 0o777)
        const env = { PATH: process.env.PATH, XDG_CACHE_HOME: cache }
        const command = [join(projectDir, 'bin', 'carrel.js'), 'config', 'check']
        const { stdout } = await promisify(execFile)(process.execPath, command, { env })
        return [/ is fine/.test(stdout), await readdir(made)]
      },
      expected: [true, []],
    },
  ]
  attacks(table)
})
