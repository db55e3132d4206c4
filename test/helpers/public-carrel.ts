import { type Carrel, type CarrelOptions, startCarrel } from './carrel.ts'
import { startFront } from './front.ts'

export interface PublicCarrel extends Carrel {
  hubUrl: string
  /** As in the config: with `hosts: 'own'` it has a `*`. */
  serversUrl: string
  /** Whether this is the address of a page of a learner's server. */
  isServer(url: string | URL): boolean
}

export interface PublicCarrelOptions extends Omit<CarrelOptions, 'config'> {
  /** Text of a config file, which may need to know the hub's address. */
  config?: (hubUrl: string) => string | Promise<string>
  /**
   * `shared` (default): hub `https://hub.localhost:<port>`, all servers `https://nb.localhost:<port>`.
   * `own`: each server `https://<label>.nb.localhost:<port>`; what staff, sharing and guests need.
   * `hub`: hub and servers `https://hub.localhost:<port>`, with `--share-hub-origin`.
   */
  hosts?: 'own' | 'shared' | 'hub'
}

/** Carrel as the world sees it: TLS in front, hub and servers under names that are different sites. */
export async function startPublicCarrel({
  config,
  args = [],
  hosts = 'shared',
  ...options
}: PublicCarrelOptions = {}): Promise<PublicCarrel> {
  const front = await startFront({ tls: true })
  const hubUrl = `https://hub.localhost:${front.port}`
  const serversUrl = `https://${{ own: '*.nb', shared: 'nb', hub: 'hub' }[hosts]}.localhost:${front.port}`
  const urls = ['--hub-url', hubUrl, '--servers-url', serversUrl, ...(hosts === 'hub' ? ['--share-hub-origin'] : [])]
  try {
    const carrel = await startCarrel({
      ...options,
      ...(config && { config: await config(hubUrl) }),
      args: [...urls, ...args],
    })
    front.forwardTo(carrel.port)
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
        await front.close()
        await carrel.stop()
      },
    }
  } catch (error) {
    await front.close()
    throw error
  }
}
