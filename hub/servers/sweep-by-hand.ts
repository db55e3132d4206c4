import { existsSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import type { FoundServer } from '../../spawners/spawner.ts'
import { openBeside } from '../db/database.ts'
import { findInstallationId } from '../db/installation.ts'
import { serversById } from '../db/servers/servers.ts'
import { sort } from './sweep.ts'

export interface SweepOptions {
  config: Config
  dataDir: string
  /** Whether to remove what is found. Else it is only shown. */
  remove: boolean
  print(line: string): void
}

/**
 * Shows the spawner's objects that belong to no server, and removes them with `remove`. A person decides here, when the
 * hub's own sweep found so many that it removed none. Hubs may be at work meanwhile.
 */
export async function sweepByHand({ config, dataDir, remove, print }: SweepOptions): Promise<void> {
  const url = config.database ?? `sqlite:${dataDir}/carrel.sqlite`
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) {
    throw new Error(`There is no database at ${url.slice('sqlite:'.length)}. Name the data folder with --data.`)
  }
  const db = openBeside(url)
  try {
    const id = await findInstallationId(db)
    if (id === undefined) throw new Error('No hub has ever used this database.')
    const spawner = await config.spawner.open({
      installation: { name: config.installation, id },
      dataDir,
      hubUrl: config.hub.url ?? 'http://127.0.0.1:8000',
      serversUrl: config.servers.url ?? 'http://localhost:8000',
      warn: print,
    })
    try {
      const found = await spawner.list()
      // Rows are read after the list, so that every listed object that is in use has a row by now.
      const { orphans } = sort(found, await serversById(db, [...new Set(found.map(({ server }) => server))]))
      print(`${found.length} found, ${orphans.length} of them without a server${orphans.length > 0 ? ':' : '.'}`)
      for (const orphan of orphans) {
        if (remove) await spawner.stop(orphan, undefined, { graceSeconds: 5 })
        print(`  ${describe(orphan)}${remove ? ' – removed' : ''}`)
      }
      if (orphans.length > 0 && !remove) print('Nothing was removed. carrel sweep --yes removes these.')
    } finally {
      await spawner.close?.()
    }
  } finally {
    await db.destroy()
  }
}

function describe({ name, running }: FoundServer): string {
  return `${name} (${running ? 'running' : 'not running'})`
}
