import { defineCommand, type Invocation } from './command.ts'
import { runUntilStopped, standBy } from './lifetime.ts'
import { logOptions, openLog } from './logging.ts'
import { flag, list, type Options, port, text, UsageError, type Values } from './options.ts'
import { metricsTokenIn, requireKeys, requireSecrets } from './secrets.ts'
import { openDataFolder, publicUrlOverrides, sharedOptions } from './shared-options.ts'

export const options = {
  ...sharedOptions,
  ip: { env: 'CARREL_HUB_IP', value: 'IP', help: 'Listen on this address. Default: hub.ip.', schema: text },
  port: {
    env: 'CARREL_HUB_PORT',
    value: 'N',
    help: 'Listen on this port. Default: hub.port.',
    schema: port.optional(),
  },
  socket: { env: 'CARREL_HUB_SOCKET', value: 'FILE', help: 'Listen on this unix socket instead.', schema: text },
  proxies: {
    env: 'CARREL_PROXIES',
    value: 'URL[,URL]',
    help: 'The API listeners of all proxies. Default: proxies.',
    schema: list.optional(),
  },
  standby: {
    help: 'For carrel start alone, at a reload: load everything, and wait with the rest for its word.',
    schema: flag,
  },
  ...logOptions,
} satisfies Options

export const command = defineCommand({
  name: 'hub',
  summary: 'One hub',
  description: `Runs one hub, which serves pages and API and starts and stops servers. Learners reach it through a proxy. When it ends, servers go on; the next hub finds them.

Needs CARREL_KEYS_FILE or CARREL_KEYS, CARREL_PROXY_TOKEN and CARREL_CULLER_TOKEN in its environment.`,
  examples: { 'carrel hub --proxies http://127.0.0.1:8001 --config carrel.config.ts': 'Beside one proxy' },
  options,
  run,
})

async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  if (values.standby && process.connected !== true) throw new UsageError('--standby is for carrel start alone')
  const { proxyToken, cullerToken } = requireSecrets(['keys', 'proxyToken', 'cullerToken'], env)
  const metricsToken = metricsTokenIn(env)
  const keys = requireKeys(env)
  const urls = publicUrlOverrides(values)
  const { loadConfig } = await import('../config/load.ts')
  const config = await loadConfig(values.config, {
    hub: { ...urls.hub, ip: values.ip, port: values.port, socket: values.socket },
    servers: urls.servers,
    ...(values.proxies && { proxies: values.proxies.map((url) => ({ url })) }),
  })
  const dataDir = await openDataFolder(values.data)
  const log = await openLog('hub', values)
  keys.watch(log)
  let isStandingBy = values.standby
  return runUntilStopped(log, async () => {
    // `carrel start` has prepared the spawner already, and printed the warnings.
    const isChild = process.connected === true
    const report = (line: string) => log.info(line)
    if (!isChild) await config.spawner.prepare?.({ dataDir, report, signal: new AbortController().signal })
    const { startHub } = await import('../hub/start.ts')
    if (isStandingBy) await standBy()
    isStandingBy = false
    return startHub({
      ...{ config, dataDir, log, isWarned: isChild },
      secrets: { keys, proxyToken, cullerToken, metricsToken },
    })
  })
}
