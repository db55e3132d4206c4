import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { openRunDir } from '../net/machine/run-dir.ts'
import { plainHttpWarning, sharedHubWarning } from '../seats/host.ts'
import { defineCommand, type Invocation } from './command.ts'
import { addresses, type Options, port, type Values, valuesOf } from './options.ts'
import { makeSecrets } from './secrets.ts'
import { certificateFiles, entranceOptions, publicUrlOverrides, sharedOptions } from './shared-options.ts'
import { claimRunDir } from './start/claim.ts'
import { firstLink, publicUrls, refuseStrangers } from './start/links.ts'
import { choosePort } from './start/port.ts'
import { type Interrupts, supervise } from './start/supervisor.ts'

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

async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  const interrupts = listenForInterrupts()
  // A closed terminal or a pipe without a reader must not end what runs.
  process.stdout.on('error', () => undefined)
  const dataDir = resolve(values.data)
  const isSecure = certificateFiles(values) !== undefined
  const config = await loadConfig(values.config, publicUrlOverrides(values))
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const runDir = await openRunDir(dataDir, env, (text) => print(`Warning: ${text}`))
  const claim = await claimRunDir(runDir, dataDir)
  try {
    const chosen = await choosePort(values.port, values.ip)
    const { hubUrl, serversUrl } = publicUrls(config, chosen)
    refuseStrangers(values.ip, hubUrl)
    if (config.servers.shareHubOrigin) print(`Warning: ${sharedHubWarning}.`)
    const open = plainHttpWarning(hubUrl, serversUrl)
    if (open !== undefined) print(`Warning: ${open}.`)
    const secrets = await makeSecrets(dataDir, env)
    await config.spawner.prepare?.({ dataDir, report: print, signal: interrupts.signal })
    const setting = {
      ...{ config, configFile: values.config && resolve(values.config), dataDir, runDir, secrets, env },
      ...{ ips: values.ip, port: chosen, hubUrl, serversUrl, isSecure, entrance: valuesOf(entranceOptions, values) },
    }
    return await supervise(setting, { print, interrupts, claim }, () => {
      const place = isReachedAt(chosen, hubUrl) ? '' : `, listening on port ${chosen} of ${values.ip.join(' and ')}`
      if (place !== '' && !isSecure && values.trustedProxies.length === 0) print(oneClient)
      print(`Carrel is running${place}. Open this link; Ctrl-C stops everything.\n\n${firstLink(config, hubUrl)}\n`)
    })
  } catch (error) {
    if (interrupts.signal.aborted) return 130
    throw error
  } finally {
    await claim.release()
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

function listenForInterrupts(): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()]
  let firstAt = 0
  const interrupt = () => {
    if (!first.signal.aborted) {
      firstAt = performance.now()
      first.abort(new Error('interrupted'))
    } else if (performance.now() - firstAt > 500) {
      // Within half a second it is the first Ctrl-C again: npm hands on what the terminal has sent here already.
      second.abort(new Error('interrupted again'))
    }
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt)
  return { signal: first.signal, again: second.signal }
}
