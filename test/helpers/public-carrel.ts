import { type Carrel, type CarrelOptions, startCarrel } from './carrel.ts'
import { startFront } from './front.ts'

export interface PublicCarrel extends Carrel {
  hubUrl: string
  serversUrl: string
}

export interface PublicCarrelOptions extends Omit<CarrelOptions, 'config'> {
  /** Text of a config file, which may need to know the hub's address. */
  config?: (hubUrl: string) => string | Promise<string>
}

/** Carrel as the world sees it: TLS in front, hub and servers under names that are different sites. */
export async function startPublicCarrel({
  config,
  args = [],
  ...options
}: PublicCarrelOptions = {}): Promise<PublicCarrel> {
  const front = await startFront({ tls: true })
  const [hubUrl, serversUrl] = [`https://hub.localhost:${front.port}`, `https://nb.localhost:${front.port}`]
  try {
    const carrel = await startCarrel({
      ...options,
      ...(config && { config: await config(hubUrl) }),
      args: ['--hub-url', hubUrl, '--servers-url', serversUrl, ...args],
    })
    front.forwardTo(carrel.port)
    return {
      ...carrel,
      hubUrl,
      serversUrl,
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
