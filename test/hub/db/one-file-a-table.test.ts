import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** Lists files that name tables of other files: in a join, in a subquery, or because one file would be too long. */
const readers: Record<string, string[]> = {
  'hub/db/bundles/bundles.ts': ['answers', 'brought', 'definitions', 'static_files'],
  'hub/db/content/blobs.ts': ['copies', 'notebooks', 'swaps', 'versions', 'whole_notebooks'],
  'hub/db/content/copies.ts': ['desks', 'homes', 'notebooks', 'servers'],
  'hub/db/content/previews.ts': ['notebooks'],
  'hub/db/content/snapshots.ts': ['users'],
  'hub/db/content/swaps.ts': ['homes', 'servers'],
  'hub/db/homes/home-list.ts': ['homes', 'users'],
  'hub/db/homes/homes-of-courses.ts': ['catalogue', 'homes'],
  'hub/db/homes/homes.ts': ['servers'],
  'hub/db/images/course-images.ts': ['static_files'],
  'hub/db/runs/course-runs.ts': ['runs', 'servers', 'users'],
  'hub/db/seats/guests.ts': ['servers', 'users'],
  'hub/db/seats/seats.ts': ['servers'],
  'hub/db/servers/claims.ts': ['servers', 'users'],
  'hub/db/servers/course-servers.ts': ['activity', 'servers', 'users'],
  'hub/db/servers/courses.ts': ['servers'],
  'hub/db/servers/definitions.ts': ['courses', 'servers'],
  'hub/db/servers/lists/site-servers.ts': ['activity', 'servers', 'users'],
  'hub/db/servers/lists/site-users.ts': ['servers', 'users'],
  'hub/db/servers/server-moves.ts': ['servers'],
  'hub/db/servers/servers-to-evict.ts': ['seats', 'servers', 'users'],
  'hub/db/servers/turns.ts': ['servers', 'users'],
  'hub/db/servers/user-list.ts': ['servers', 'users'],
  'hub/db/tokens.ts': ['users'],
}

describe('the tables', () => {
  const migrations = 'hub/db/migrations/'
  const files = execFileSync('git', ['ls-files', 'bin', 'doctor', 'hub', 'culler', 'config'], { cwd: root })
    .toString()
    .split('\n')
    .filter((file) => file.endsWith('.ts') && existsSync(join(root, file)))
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const tablesOf = (call: 'createTable' | 'dropTable') =>
    files
      .filter((file) => file.startsWith(migrations))
      .flatMap((file) => [...read(file).matchAll(new RegExp(`${call}\\('(\\w+)'`, 'g'))].map(([, name = '']) => name))
  const tables = tablesOf('createTable').filter((table) => !tablesOf('dropTable').includes(table))

  it('are each found by the name of their file', () => {
    const names = files.filter((file) => file.startsWith('hub/db/')).map(tableOf)
    assert.ok(tables.length > 15)
    assert.deepEqual(
      tables.filter((table) => !names.includes(table)),
      [],
    )
  })

  it('are each named only by their own file and by the files that join them', () => {
    const foreign = files
      .filter((file) => file.startsWith(migrations) === false)
      .map((file): [string, string[]] => [file, tablesIn(read(file)).filter((table) => table !== tableOf(file))])
      .filter(([, named]) => named.length > 0)
    assert.deepEqual(Object.fromEntries(foreign), readers)
  })

  /** Returns the name that the table of a file has. */
  function tableOf(file: string): string {
    return basename(file, '.ts').replaceAll('-', '_')
  }

  /** Returns the tables that calls of knex name. */
  function tablesIn(text: string): string[] {
    const calls = /(?:\b(?:db|trx)(?:\?\.)?|\.(?:join|leftJoin|innerJoin|from|into|table|batchInsert))\(\s*'(\w+)[ ']/g
    const named = [...text.matchAll(calls)].map(([, name = '']) => name)
    return [...new Set(named)].filter((name) => tables.includes(name)).sort()
  }
})
