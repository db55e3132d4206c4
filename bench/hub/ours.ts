import { join } from 'node:path'
import { makeSecrets, secretsInEnvironment } from '../../bin/secrets.ts'
import { choosePort } from '../../bin/start/port.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { addToken } from '../../hub/db/tokens.ts'
import { addAwaitedUsers, ensureUser } from '../../hub/db/users.ts'
import { projectDir } from '../../test/helpers/carrel.ts'
import type { HubContender } from './contender.ts'
import { startHubProcess } from './hub-process.ts'
import { stallsFile } from './stalls.ts'

export interface OurSetting {
  dir: string
  backend: string
  proxy: string
  proxyToken: string
  /** Default: SQLite in `dir`. */
  database?: string
}

/** Prepares `carrel hub` with an empty database and an admin's token. Several may be started on one PostgreSQL. */
export async function prepareOurs({ dir, backend, proxy, proxyToken, ...more }: OurSetting): Promise<HubContender> {
  const database = more.database ?? `sqlite:${join(dir, 'carrel.sqlite')}`
  const secrets = { ...(await makeSecrets(dir, {})), proxyToken }
  const token = await makeAdmin(database)
  return {
    name: 'Carrel',
    async start({ watched = false, onAllCores } = {}) {
      const port = await choosePort(0)
      const watcher = watched ? ['--import', join(import.meta.dirname, 'stalls-watch.ts')] : []
      const urls = ['--hub-url', `http://127.0.0.1:${port}`, '--servers-url', `http://localhost:${port}`]
      const config = ['--config', join(import.meta.dirname, 'hub.config.ts'), '--data', dir, '--proxies', proxy]
      const carrel = join(projectDir, 'bin', 'carrel.js')
      return startHubProcess({
        command: [process.execPath, ...watcher, carrel, 'hub', '--port', String(port), ...urls, ...config],
        cwd: dir,
        env: {
          ...process.env,
          ...secretsInEnvironment(secrets),
          CARREL_BENCH_DATABASE: database,
          CARREL_BENCH_BACKEND: backend,
          CARREL_BENCH_STALLS: stallsFile(dir),
        },
        api: `http://127.0.0.1:${port}/hub/api`,
        token,
        onAllCores,
      })
    },
    async addUsers(names) {
      const { db, close } = await openDatabase(database)
      try {
        for (let from = 0; from < names.length; from += 10_000)
          await addAwaitedUsers(db, names.slice(from, from + 10_000), 'nobody')
      } finally {
        await close()
      }
    },
  }
}

async function makeAdmin(database: string): Promise<string> {
  const { db, close } = await openDatabase(database)
  try {
    const root = await ensureUser(db, { name: 'root', kind: 'person', authenticator: 'nobody', subject: 'root' })
    if (root === undefined) throw new Error('there is no admin')
    const { secret } = await addToken(db, { user: root.id, note: 'bench', milliseconds: 86_400_000 })
    return secret
  } finally {
    await close()
  }
}
