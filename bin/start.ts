import { resolve } from 'node:path'
import { reloadSocketOf } from '../net/machine/admin-socket.ts'
import { openRunDir } from '../net/machine/run-dir.ts'
import { defineCommand, type Invocation } from './command.ts'
import { deathsFile, readDeaths } from './deaths.ts'
import { logFileOptions } from './logging.ts'
import { addresses, flag, type Options, port, type Values, valuesOf } from './options.ts'
import { makeSecrets } from './secrets.ts'
import {
  certificateFiles,
  entranceOptions,
  openDataFolder,
  publicUrlOverrides,
  sharedOptions,
} from './shared-options.ts'
import { childSpecs } from './start/child-specs.ts'
import { claimRunDir } from './start/claim.ts'
import { fixedSettings, refuseOthers } from './start/fixed.ts'
import { untilHealthy } from './start/health.ts'
import { besideGateway, firstLink, publicUrls, refuseStrangers } from './start/links.ts'
import type { FromPlanner, Plan, ToPlanner } from './start/plan.ts'
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
  keepServers: {
    env: 'CARREL_KEEP_SERVERS',
    help: "Leave learners' servers running at the end; the next start finds them.",
    schema: flag,
  },
  withoutAdminLink: {
    env: 'CARREL_WITHOUT_ADMIN_LINK',
    help: 'Print no link that signs in as the admin. Only a start without a config prints one.',
    schema: flag,
  },
  data,
  ...urls,
  ...entranceOptions,
  ...logFileOptions,
} satisfies Options

export const command = defineCommand({
  name: 'start',
  summary: 'Hub, proxy and culler together, on this machine',
  description: `Runs hub, proxy and culler on this machine until Ctrl-C or SIGTERM, which stops learners' servers too, unless --keep-servers is given. At SIGHUP, and by carrel reload, a changed config is taken over, and servers and open pages notice nothing. A second signal ends Carrel at once and leaves servers running. Secrets that are not in the environment are made in <data>/secrets/, and logs are in <data>/logs/. The two URLs are needed when something stands in front of Carrel: TLS, or another name.`,
  examples: {
    'carrel start': 'The demo courses, for whoever sits at this machine',
    'carrel start --config carrel.config.ts --port 0': 'Your own courses, on any free port',
    'carrel start --config carrel.config.ts --keep-servers': 'So that a restart or an upgrade leaves notebooks running',
  },
  options,
  run,
})

/** Makes a plan for the supervisor, whose child this process is, and ends when everything is up. */
async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  if (process.send === undefined) throw new Error('carrel start is run by bin/carrel.js')
  const ended = untilEnded()
  const { fixed } = await untilToPlan(ended)
  // A closed terminal or a pipe without a reader must not end what runs.
  process.stdout.on('error', () => undefined)
  const isSecure = certificateFiles(values) !== undefined
  const { loadConfig } = await import('../config/load.ts')
  const { warningTexts } = await import('../config/look.ts')
  const config = await loadConfig(values.config, publicUrlOverrides(values))
  const dataDir = await openDataFolder(values.data)
  const runDir = await openRunDir(dataDir, env, (text) => print(`Warning: ${text}`))
  // At a reload the supervisor has the claim, and its proxy has the port.
  const claim = fixed ? undefined : await claimRunDir(runDir, dataDir, process.ppid, [process.pid])
  try {
    const chosen = fixed?.port ?? (await choosePort(values.port, values.ip))
    const { hubUrl, serversUrl } = publicUrls(config, chosen)
    refuseStrangers(values.ip, hubUrl)
    const secrets = await makeSecrets(dataDir, env)
    const specs = childSpecs({
      ...{ config, configFile: values.config && resolve(values.config), dataDir, runDir, secrets, env },
      ...{ ips: values.ip, port: chosen, hubUrl, serversUrl, entrance: valuesOf(entranceOptions, values) },
      logFiles: valuesOf(logFileOptions, values),
    })
    const fixedNow = { settings: fixedSettings(config, { hubUrl, serversUrl }), proxy: specs.proxy.args }
    if (fixed !== undefined) refuseOthers(fixedNow, fixed)
    await config.spawner.prepare?.({ dataDir, report: print, signal: ended })
    ended.throwIfAborted()
    for (const warning of await warningTexts(config, { hubUrl, serversUrl }, ended)) print(`Warning: ${warning}`)
    const beside = besideGateway(config, values.ip)
    if (beside !== undefined) print(`Warning: ${beside}`)
    const place = isReachedAt(chosen, hubUrl) ? '' : `, listening on port ${chosen} of ${values.ip.join(' and ')}`
    const isOneClient = place !== '' && !isSecure && values.trustedProxies.length === 0
    const end = values.keepServers ? "Ctrl-C stops Carrel, and learners' servers go on" : 'Ctrl-C stops everything'
    const running = `Carrel is running${place}. Open this link; ${end}.\n\n${firstLink(config, hubUrl)}\n`
    await tell({
      ...{ kind: 'plan', dataDir, runDir, keepServers: values.keepServers, ...specs },
      fixed: { port: chosen, ...fixedNow },
      reloadSocket: reloadSocketIn(dataDir),
      deaths: { file: deathsFile(dataDir), earlier: (await readDeaths(dataDir).catch(() => undefined)) ?? [] },
      greeting: isOneClient ? `${oneClient}\n${running}` : running,
    })
    if (fixed !== undefined) return 0
    await untilAsked(ended)
    await untilHealthy({ ip: values.ip[0], port: chosen, isSecure }, ended)
    const [admin] = config.admins
    const wantsLink = values.config === undefined && !values.withoutAdminLink && admin !== undefined && !ended.aborted
    const more = wantsLink ? await (await import('./start/admin-link.ts')).adminLink(dataDir, admin) : undefined
    await tell({ kind: 'healthy', more })
    return 0
  } catch (error) {
    await claim?.release()
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

/** Resolves with the first message of the supervisor, or when this process must end. */
function untilToPlan(ended: AbortSignal): Promise<Extract<ToPlanner, { kind: 'plan' }>> {
  return new Promise((resolve) => {
    process.once('message', resolve)
    ended.addEventListener('abort', () => resolve({ kind: 'plan' }))
  })
}

function reloadSocketIn(dataDir: string): Plan['reloadSocket'] {
  try {
    return reloadSocketOf(dataDir)
  } catch (error) {
    print(`Warning: carrel reload does not reach this start, only SIGHUP does. ${(error as Error).message}`)
    return undefined
  }
}

/** Resolves when the supervisor asks whether everything is up, and when this process must end. */
function untilAsked(ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The only further message of the supervisor is that question.
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
