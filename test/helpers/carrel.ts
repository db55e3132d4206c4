import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

export const projectDir = fileURLToPath(new URL('../..', import.meta.url))

export interface Carrel {
  /** The link that `carrel start` has printed. */
  link: string
  /** The proxy's port on 127.0.0.1. */
  port: number
  dataDir: string
  child: ChildProcess
  /** Returns all output so far. */
  output(): string
  /** Returns the present process id of hub, proxy or culler. */
  pidOf(role: 'hub' | 'proxy' | 'culler'): Promise<number>
  /** Returns rows of the database. */
  query<T>(sql: string): Promise<T[]>
  /** Sends SIGINT as Ctrl-C does, waits for the end, and removes the data folder unless the caller has named it. */
  stop(): Promise<void>
}

export interface CarrelOptions {
  /** Text of a config file. Default: the project's own default config. */
  config?: string
  args?: string[]
  env?: Record<string, string>
  /** The data folder of an earlier start, to continue with its data. */
  dataDir?: string
  /** Whether a config that does not say it has `staticFiles`. Default: it has not, since a copy takes the processors 5 s. */
  staticFiles?: boolean
}

/** Runs `carrel start` on a free port, with hub, proxy and culler in processes of their own. */
export async function startCarrel({
  config,
  args = [],
  env = {},
  dataDir,
  staticFiles = false,
}: CarrelOptions = {}): Promise<Carrel> {
  const dir = dataDir ?? (await mkdtemp(path.join(tmpdir(), 'carrel-')))
  const file = path.join(dir, 'carrel.config.ts')
  if (config !== undefined) await writeFile(file, staticFiles ? config : withoutStaticFiles(config))
  const configArgs = existsSync(file) ? ['--config', file] : []
  const all = ['bin/carrel.js', 'start', '--port', '0', '--data', path.join(dir, 'data'), ...configArgs, ...args]
  const child = spawn(process.execPath, all, {
    cwd: projectDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk
  })
  const link = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`carrel start ended with ${code}:\n${printed}`)))
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      printed += `${line}\n`
      const [found] = /^\s*https?:\/\/\S+\s*$/.exec(line) ?? []
      if (found !== undefined) resolve(found.trim())
    })
  })
  const [, port] = /listening on port (\d+)/i.exec(printed) ?? []
  return {
    link,
    port: Number(port ?? new URL(link).port),
    dataDir: dir,
    child,
    output: () => printed,
    pidOf: (role) => childOf(child.pid ?? 0, role),
    query: async (sql) => query(path.join(dir, 'data', 'carrel.sqlite'), sql),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await once(child, 'exit')
      }
      if (dataDir === undefined) await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function withoutStaticFiles(config: string): string {
  if (config.includes('staticFiles')) return config
  return config.replace(/export default (defineConfig\()?\{/, '$& staticFiles: false,')
}

async function childOf(parent: number, role: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (Number(stat.split(') ')[1]?.split(' ')[1]) === parent && command.split('\0').includes(role))
      return Number(entry)
  }
  throw new Error(`carrel ${role} is not running`)
}

function query<T>(file: string, sql: string): T[] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 30_000 })
  try {
    // Rows of SQLite have no prototype, so that no test could compare them with an object.
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }) as T)
  } finally {
    db.close()
  }
}

/** The folder of the default config's demo course, for configs of tests. */
export const demoFolder = path.join(projectDir, 'config', 'demo')
