/** Reads the installation that the doctor checks from config, data folder and environment. Makes nothing. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type SecretTexts, secretFiles, secretsIn } from '../bin/secrets.ts'
import type { Config } from '../config/config.ts'
import type { DatabaseUrl } from '../hub/db/database.ts'
import { callableIp } from '../net/address.ts'
import { hostPort, socketUrl } from '../net/endpoint.ts'
import { runDirOf } from '../net/machine/run-dir.ts'

export interface Setup {
  config: Config
  dataDir: string
  hubUrl: string
  serversUrl: string
  databaseUrl: DatabaseUrl
  /** The secrets of the environment, else of the files that `carrel start` makes. */
  secrets: Partial<SecretTexts>
  /** The URL of the hub. Those of the proxies' APIs follow. */
  hub: string
  proxies: string[]
  /** Ports of this machine that servers may reach. */
  openPorts: Set<number>
  signal: AbortSignal
}

export async function readSetup(
  config: Config,
  given: {
    dataDir: string
    env: NodeJS.ProcessEnv
    proxies: string[] | undefined
    openPorts: number[]
    signal: AbortSignal
  },
): Promise<Setup> {
  const { dataDir, env, signal } = given
  const { hubUrl, serversUrl } = { hubUrl: config.hub.url, serversUrl: config.servers.url }
  const urls = [hubUrl, serversUrl].flatMap((url) => (url === undefined ? [] : [portOf(url.replace('*.', ''))]))
  // Returns the URL of a socket of `carrel start`, if that runs.
  const ofStart = (name: string) => {
    const file = join(runDirOf(dataDir, env), name)
    return existsSync(file) ? socketUrl(file) : undefined
  }
  const { ip, port, socket } = config.hub
  const configured = given.proxies ?? config.proxies.map(({ url }) => url)
  return {
    config,
    dataDir,
    hubUrl: hubUrl ?? 'http://127.0.0.1:8000',
    serversUrl: serversUrl ?? 'http://localhost:8000',
    databaseUrl: config.database ?? `sqlite:${dataDir}/carrel.sqlite`,
    secrets: { ...(await fromFiles(dataDir, env)), ...secretsIn(env) },
    hub: (socket && socketUrl(socket)) ?? ofStart('hub.sock') ?? `http://${hostPort(callableIp(ip), port)}`,
    proxies: configured.length > 0 ? configured : [ofStart('proxy.sock')].filter((url) => url !== undefined),
    openPorts: new Set([...given.openPorts, ...urls]),
    signal,
  }
}

async function fromFiles(dataDir: string, env: NodeJS.ProcessEnv): Promise<Partial<SecretTexts>> {
  const entries = Object.entries(secretFiles(dataDir, env)).map(async ([name, file]) => {
    const text = await readFile(file, 'utf8').catch(() => '')
    return [name, text.trim()] as const
  })
  return Object.fromEntries((await Promise.all(entries)).filter(([, text]) => text !== ''))
}

/** Returns where servers are told that the hub's internal listener is; undefined where there is none. */
export function internalUrlOf({ hub: { internal } }: Pick<Config, 'hub'>): string | undefined {
  return internal && (internal.url ?? `http://${hostPort(internal.ip, internal.port)}`)
}

export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return Number(port || (protocol === 'https:' ? 443 : 80))
}
