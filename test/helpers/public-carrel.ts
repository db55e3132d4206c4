import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Carrel, type CarrelOptions, startCarrel } from './carrel.ts'
import { selfSigned } from './certificate.ts'
import { startGateway } from './gateway.ts'

export interface PublicCarrel extends Carrel {
  hubUrl: string
  /** The URL of servers as in the config. It has a `*` with `hosts: 'own'`. */
  serversUrl: string
  /** Returns whether this is the address of a page of a learner's server. */
  isServer(url: string | URL): boolean
}

export interface PublicCarrelOptions extends Omit<CarrelOptions, 'config'> {
  /** Returns the text of a config file, which may need the hub's address. */
  config?: (hubUrl: string) => string | Promise<string>
  /**
   * `shared` (default): hub `https://hub.localhost:<port>`, all servers `https://nb.localhost:<port>`.
   * `own`: each server `https://<label>.nb.localhost:<port>`, as staff, sharing and guests need it.
   * `hub`: hub and servers `https://hub.localhost:<port>`, with `--share-hub-origin`.
   */
  hosts?: 'own' | 'shared' | 'hub'
  /** The place that terminates TLS: a gateway before Carrel (default), or Carrel's proxy. `none`: all is plain http. */
  tls?: 'gateway' | 'proxy' | 'none'
  /** The domain of all names. Default: `localhost`, where browsers let no host set a cookie for its neighbours. */
  domain?: string
}

/** Starts Carrel as the public sees it: with TLS, and with hub and servers under names of different sites. */
export async function startPublicCarrel({
  config,
  args = [],
  hosts = 'shared',
  tls = 'gateway',
  domain = 'localhost',
  ...options
}: PublicCarrelOptions = {}): Promise<PublicCarrel> {
  const gateway = await startGateway({ tls: tls === 'gateway' })
  const scheme = tls === 'none' ? 'http' : 'https'
  const hubUrl = `${scheme}://hub.${domain}:${gateway.port}`
  const serversUrl = `${scheme}://${{ own: '*.nb', shared: 'nb', hub: 'hub' }[hosts]}.${domain}:${gateway.port}`
  const urls = ['--hub-url', hubUrl, '--servers-url', serversUrl, ...(hosts === 'hub' ? ['--share-hub-origin'] : [])]
  const certificate = tls === 'proxy' ? await writeCertificate() : undefined
  const clean = async () => {
    await gateway.close()
    if (certificate !== undefined) await rm(certificate.folder, { recursive: true, force: true })
  }
  try {
    const carrel = await startCarrel({
      ...options,
      ...(config && { config: await config(hubUrl) }),
      args: [...urls, ...(certificate?.args ?? []), ...args],
    })
    gateway.forwardTo(carrel.port)
    return {
      ...carrel,
      hubUrl,
      serversUrl,
      isServer(address) {
        const { origin, pathname } = new URL(address)
        const [start = '', end = ''] = serversUrl.split('*')
        return origin.startsWith(start) && origin.endsWith(end) && pathname.startsWith('/user/')
      },
      async stop() {
        await clean()
        await carrel.stop()
      },
    }
  } catch (error) {
    await clean()
    throw error
  }
}

async function writeCertificate(): Promise<{ folder: string; args: string[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'carrel-certificate-'))
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
  const pair = selfSigned()
  await writeFile(cert, pair.cert)
  await writeFile(key, pair.key, { mode: 0o600 })
  return { folder, args: ['--tls-cert', cert, '--tls-key', key] }
}
