/** Starts a PostgreSQL of its own, with passwords, for tests that change them. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import knex, { type Knex } from 'knex'

const run = promisify(execFile)

export interface OwnPostgresql {
  /** The URL of a user on 127.0.0.1 that must say its password. */
  urlOf(user: string, password?: string): string
  /** A connection of the superuser. */
  root: Knex
  /** The file of the server's log. */
  log: string
  stop(): Promise<void>
}

/** Returns the folder of PostgreSQL's programs; undefined where there is none. */
export async function postgresqlPrograms(): Promise<string | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch((): string[] => [])
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1)
  return newest === undefined ? undefined : `/usr/lib/postgresql/${newest}/bin`
}

export async function startOwnPostgresql(programs: string): Promise<OwnPostgresql> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-pg-'))
  const isRoot = process.getuid?.() === 0
  // PostgreSQL refuses to run as root.
  const asOwner = (name: string, ...args: string[]) => {
    const program = [join(programs, name), ...args]
    const [first = '', ...rest] = isRoot
      ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', ...program]
      : program
    return run(first, rest, { cwd: dir })
  }
  if (isRoot) await run('chown', ['postgres:postgres', dir])
  const data = join(dir, 'data')
  const passwordFile = join(dir, 'root')
  await writeFile(passwordFile, 'root of the tests\n', { mode: 0o644 })
  await asOwner(
    'initdb',
    `--pgdata=${data}`,
    '--username=root',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
  )
  const port = await freePort()
  const options = `-p ${port} -k ${dir} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=50`
  await asOwner('pg_ctl', `--pgdata=${data}`, `--log=${dir}/log`, '--wait', `--options=${options}`, 'start')
  const urlOf = (user: string, password?: string) =>
    `postgres://${user}${password === undefined ? '' : `:${encodeURIComponent(password)}`}@127.0.0.1:${port}/postgres`
  const root = knex({ client: 'pg', connection: urlOf('root', 'root of the tests'), pool: { min: 0, max: 2 } })
  return {
    urlOf,
    root,
    log: join(dir, 'log'),
    async stop() {
      await root.destroy()
      await asOwner('pg_ctl', `--pgdata=${data}`, '--mode=immediate', 'stop')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
