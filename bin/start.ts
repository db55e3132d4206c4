import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openRunDir } from '../net/machine/run-dir.ts'
import { plainHttpWarning, sharedHubWarning } from '../seats/host.ts'
import { defineCommand, type Invocation } from './command.ts'
import { deathsFile, readDeaths } from './deaths.ts'
import { addresses, type Options, port, type Values, valuesOf } from './options.ts'
import { makeSecrets } from './secrets.ts'
import { certificateFiles, entranceOptions, publicUrlOverrides, sharedOptions } from './shared-options.ts'
import { childSpecs } from './start/child-specs.ts'
import { claimRunDir } from './start/claim.ts'
import { untilHealthy } from './start/health.ts'
import { firstLink, publicUrls, refuseStrangers } from './start/links.ts'
import type { FromPlanner } from './start/plan.ts'
import { choosePort } from './start/port.ts'

const { config, data, ...urls } = sharedOptions

export const options = {
  config,
  ip: {
    env: 'CARREL_IP',
    value: 'IP[,IP]',
    help: 'Where browsers come in. Default: 127.0.0.1,::1, this machine alone.',
    schema: addresses,
  },
  port: {
    env: 'CARREL_PORT',
    value: 'N',
    help: 'The port there. 0: any that is free. Default: 8000.',
    schema: port.default(8000),
  },
  data,
  ...urls,
  ...entranceOptions,
} satisfies Options

export const command = defineCommand({
  name: 'start',
  summary: 'Hub, proxy and culler together, on this machine',
  description: `Runs hub, proxy and culler on this machine until Ctrl-C, which stops learners' servers too. Secrets that are not in the environment are made in <data>/secrets/, and logs are in <data>/logs/. The two URLs are needed when something stands in front of Carrel: TLS, or another name.`,
  examples: {
    'carrel start': 'The demo courses, for whoever sits at this machine',
    'carrel start --config carrel.config.ts --port 0': 'Your own courses, on any free port',
  },
  options,
  run,
})

/** Makes a plan for the supervisor, whose child this process is, and ends when everything is up. */
async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  if (process.send === undefined) throw new Error('carrel start is run by bin/carrel.js')
  const ended = untilEnded()
  // A closed terminal or a pipe without a reader must not end what runs.
  process.stdout.on('error', () => undefined)
  const dataDir = resolve(values.data)
  const isSecure = certificateFiles(values) !== undefined
  const { loadConfig } = await import('../config/load.ts')
  const config = await loadConfig(values.config, publicUrlOverrides(values))
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const runDir = await openRunDir(dataDir, env, (text) => print(`Warning: ${text}`))
  const claim = await claimRunDir(runDir, dataDir, process.ppid, [process.pid])
  try {
    const chosen = await choosePort(values.port, values.ip)
    const { hubUrl, serversUrl } = publicUrls(config, chosen)
    refuseStrangers(values.ip, hubUrl)
    if (config.servers.shareHubOrigin) print(`Warning: ${sharedHubWarning}.`)
    const open = plainHttpWarning(hubUrl, serversUrl)
    if (open !== undefined) print(`Warning: ${open}.`)
    const secrets = await makeSecrets(dataDir, env)
    await config.spawner.prepare?.({ dataDir, report: print, signal: ended })
    ended.throwIfAborted()
    const setting = {
      ...{ config, configFile: values.config && resolve(values.config), dataDir, runDir, secrets, env },
      ...{ ips: values.ip, port: chosen, hubUrl, serversUrl, entrance: valuesOf(entranceOptions, values) },
    }
    const place = isReachedAt(chosen, hubUrl) ? '' : `, listening on port ${chosen} of ${values.ip.join(' and ')}`
    const isOneClient = place !== '' && !isSecure && values.trustedProxies.length === 0
    const running = `Carrel is running${place}. Open this link; Ctrl-C stops everything.\n\n${firstLink(config, hubUrl)}\n`
    await tell({
      ...{ kind: 'plan', dataDir, runDir, ...childSpecs(setting) },
      deaths: { file: deathsFile(dataDir), earlier: (await readDeaths(dataDir).catch(() => undefined)) ?? [] },
      greeting: isOneClient ? `${oneClient}\n${running}` : running,
    })
    await untilAsked(ended)
    await untilHealthy({ ip: values.ip[0], port: chosen, isSecure }, ended)
    await tell({ kind: 'healthy' })
    return 0
  } catch (error) {
    await claim.release()
    if (ended.aborted) return 130
    throw error
  }
}

const oneClient =
  'What stands in front is not trusted (--trusted-proxies): limits take all people for one, and logs name its address.'

/** Returns whether browsers reach this port by the hub's URL. Else something in front must be told the port. */
function isReachedAt(port: number, hubUrl: string): boolean {
  return new URL(hubUrl).port === String(port)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Resolves when the message is on its way, or when the supervisor is gone. */
function tell(message: FromPlanner): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}

/** Resolves when the supervisor asks whether everything is up, and when this process must end. */
function untilAsked(ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The only message of the supervisor is that question.
    process.once('message', () => resolve())
    ended.addEventListener('abort', () => resolve())
    if (ended.aborted) resolve()
  })
}

/** Returns a signal that is aborted when the supervisor interrupts this process, or is gone. */
function untilEnded(): AbortSignal {
  const ended = new AbortController()
  const end = () => ended.abort(new Error('interrupted'))
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end)
  process.once('disconnect', end)
  if (!process.connected) end()
  return ended.signal
}
