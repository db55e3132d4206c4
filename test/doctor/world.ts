/** Has what tests of `carrel doctor` need: the command as a process, and a data folder that a hub has used. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Finding } from '../../doctor/finding.ts'
import { listening } from '../../doctor/listening.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { installationId } from '../../hub/db/installation.ts'
import { projectDir } from '../helpers/carrel.ts'

export const secretsForDoctor = {
  CARREL_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64url')}`,
  CARREL_PROXY_TOKEN: 'proxy-token-of-the-tests-0123456789abc',
  CARREL_CULLER_TOKEN: 'culler-token-of-the-tests-0123456789ab',
}

export interface DoctorReport {
  code: number | null
  findings: Finding[]
  /** The messages of the findings that are problems, by the name of the check. */
  problems: Map<string, string>
  errors: string
}

export interface Bed {
  dir: string
  config(text: string): Promise<void>
  /** Starts the command. `report` is its result. */
  begin(
    args?: string[],
    env?: Record<string, string>,
  ): { pid: number; kill(signal: NodeJS.Signals): void; report: Promise<DoctorReport> }
  clear(): Promise<void>
}

/** Makes a folder with a config and a database that a hub has used. */
export async function makeBed(dataDir?: string): Promise<Bed> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-doctor-'))
  const data = dataDir ?? join(dir, 'data')
  if (dataDir === undefined) {
    const { db, close } = await openDatabase(`sqlite:${data}/carrel.sqlite`)
    await installationId(db)
    await close()
  }
  const file = join(dir, 'carrel.config.ts')
  return {
    dir,
    config: (content) => writeFile(file, content),
    begin(args = [], env = {}) {
      const all = ['bin/carrel.js', 'doctor', '--json', '--config', file, '--data', data, ...args]
      const child = spawn(process.execPath, all, { cwd: projectDir, env: { ...process.env, ...env } })
      return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), report: heard() }

      async function heard(): Promise<DoctorReport> {
        const said = Promise.all([text(child.stdout), text(child.stderr)])
        const [code] = (await once(child, 'exit')) as [number | null]
        const [out, errors] = await said
        const findings: Finding[] = out === '' ? [] : JSON.parse(out).findings
        const problems = findings.filter(({ verdict }) => verdict === 'problem')
        return { code, findings, problems: new Map(problems.map(({ check, message }) => [check, message])), errors }
      }
    },
    clear: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Returns the option that excuses every port on which this machine listens, except these. */
export function openPortsBut(...ports: number[]): string[] {
  const open = new Set(listening().map(({ port }) => port))
  for (const port of ports) open.delete(port)
  return ['--open-ports', [...open].join(',')]
}

export async function serveOn(ip: string, answer: RequestListener): Promise<{ port: number; close(): void }> {
  const server = createServer(answer).listen(0, ip)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
