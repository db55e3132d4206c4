import { resolve } from 'node:path'
import type { ConfigOverrides } from '../config/load.ts'
import { makeFolder } from '../net/machine/make-folder.ts'
import { flag, list, type Options, port, text, UsageError, type Values } from './options.ts'

export const urlOptions = {
  hubUrl: {
    env: 'CARREL_HUB_URL',
    value: 'URL',
    help: "The public origin of the hub's pages.",
    schema: text,
  },
  serversUrl: {
    env: 'CARREL_SERVERS_URL',
    value: 'URL',
    help: "The public origin of learners' servers; https://*.… gives each a host of its own.",
    schema: text,
  },
  shareHubOrigin: {
    env: 'CARREL_SHARE_HUB_ORIGIN',
    help: "Lets the two be equal, so that learners' code can act as the hub's pages.",
    schema: flag,
  },
  insecureHttp: {
    env: 'CARREL_INSECURE_HTTP',
    help: 'Lets the two be http under names that others reach, who then read and change everything.',
    schema: flag,
  },
} satisfies Options

/** Returns the command line's settings of the public URLs, for the config. */
export function publicUrlOverrides(
  values: Values<typeof urlOptions>,
): Required<Pick<ConfigOverrides, 'hub' | 'servers'>> {
  return {
    hub: { url: values.hubUrl, insecureHttp: values.insecureHttp || undefined },
    servers: { url: values.serversUrl, shareHubOrigin: values.shareHubOrigin || undefined },
  }
}

/** Options on how browsers and Prometheus come in, for the proxy and for `carrel start`. */
export const entranceOptions = {
  tlsCert: {
    env: 'CARREL_TLS_CERT',
    value: 'FILE',
    help: 'Take browsers in by https, with this certificate (PEM). Read again when it changes.',
    schema: text,
  },
  tlsKey: {
    env: 'CARREL_TLS_KEY',
    value: 'FILE',
    help: 'Its key (PEM), which not everybody may read.',
    schema: text,
  },
  trustedProxies: {
    env: 'CARREL_TRUSTED_PROXIES',
    value: 'CIDR[,CIDR]',
    help: 'Load balancers in front, believed when they say in X-Forwarded-For who the client is. Default: none.',
    schema: list.default([]),
  },
  metricsIp: {
    env: 'CARREL_METRICS_IP',
    value: 'IP',
    help: 'Where Prometheus reads metrics, with --metrics-port. Default: 127.0.0.1.',
    schema: text.default('127.0.0.1'),
  },
  metricsPort: {
    env: 'CARREL_METRICS_PORT',
    value: 'N',
    help: "The port for the proxy's metrics. Without it there are none.",
    schema: port.optional(),
  },
  metricsSocket: {
    env: 'CARREL_METRICS_SOCKET',
    value: 'FILE',
    help: "A unix socket for the proxy's metrics instead.",
    schema: text,
  },
} satisfies Options

export function certificateFiles(
  values: Pick<Values<typeof entranceOptions>, 'tlsCert' | 'tlsKey'>,
): { cert: string; key: string } | undefined {
  const { tlsCert: cert, tlsKey: key } = values
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) }
  if (cert === undefined && key === undefined) return undefined
  throw new UsageError('--tls-cert and --tls-key come together')
}

export const configOption = {
  config: {
    env: 'CARREL_CONFIG',
    value: 'FILE',
    help: 'The config file. Default: demo courses for anybody on this machine.',
    schema: text,
  },
} satisfies Options

export const dataOption = {
  data: {
    env: 'CARREL_DATA',
    value: 'DIR',
    help: 'Where this installation keeps its files. Default: data.',
    schema: text.default('data'),
  },
} satisfies Options

/** Returns the full path of the data folder, which is made if it is not there. Throws a `UsageError` if it cannot be used. */
export async function openDataFolder(data: string): Promise<string> {
  const folder = resolve(data)
  try {
    await makeFolder(folder)
    return folder
  } catch (error) {
    throw new UsageError(`the data folder ${(error as Error).message}, or choose another one with --data.`)
  }
}

export const sharedOptions = { ...configOption, ...dataOption, ...urlOptions } satisfies Options
