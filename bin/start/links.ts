import { gatewaysIn } from '../../authenticators/authenticator.ts'
import type { Config } from '../../config/config.ts'
import { startFile } from '../../courses/start.ts'
import { isLoopback } from '../../net/address.ts'
import { isOwnMachine } from '../../seats/host.ts'
import { UsageError } from '../options.ts'

/** Returns the public URLs of hub and servers: as configured, else two names of this machine, which are two origins. */
export function publicUrls(config: Config, port: number): { hubUrl: string; serversUrl: string } {
  const { url: hubUrl } = config.hub
  const { url: serversUrl } = config.servers
  if (hubUrl !== undefined && serversUrl !== undefined) return { hubUrl, serversUrl }
  if (hubUrl === undefined && serversUrl === undefined) {
    if (config.servers.shareHubOrigin) {
      throw new UsageError(
        'shareHubOrigin is on, but there is no origin to share. Set hub.url and servers.url to the same, or leave it out.',
      )
    }
    return { hubUrl: `http://127.0.0.1:${port}`, serversUrl: `http://localhost:${port}` }
  }
  const [given, missing] = hubUrl === undefined ? ['servers.url', 'hub.url'] : ['hub.url', 'servers.url']
  throw new UsageError(
    `${given} is set and ${missing} is not. Set both (--hub-url and --servers-url, or in the config), or neither.`,
  )
}

/**
 * Throws when other machines reach the port but the hub's URL is of this machine alone. A client that names `localhost`
 * counts as this machine's. With a public name the process spawner, whose servers run as Carrel's own user, refuses.
 */
export function refuseStrangers(ips: readonly string[], hubUrl: string): void {
  const open = ips.filter((ip) => !isLoopback(ip))
  if (open.length === 0 || !isOwnMachine(hubUrl)) return
  throw new UsageError(
    `--ip ${open.join(',')} lets others come in, and ${hubUrl} is an address of this machine alone. Set hub.url and servers.url to public names.`,
  )
}

/** Returns the link to open first: a course that is open to all, when temporary users may come, else the hub. */
export function firstLink(config: Config, hubUrl: string): string {
  const course = Object.values(config.courses).find(({ open, hidden }) => open === 'everyone' && !hidden)
  if (course === undefined || !config.authenticators.some(({ kind }) => kind === 'temporary')) return hubUrl
  const file = startFile(course)
  const query = new URLSearchParams({ course: course.name, ...(file && { notebook: file }) })
  return `${hubUrl}/tmplogin?${query}`
}

/** Returns the warning where browsers may reach the port beside the gateway that signs people in; undefined for none. */
export function besideGateway({ authenticators }: Config, ips: readonly string[]): string | undefined {
  const open = ips.filter((ip) => !isLoopback(ip))
  if (open.length === 0 || gatewaysIn(authenticators).length === 0) return undefined
  return `gateways: on ${open.join(' and ')} others than the gateway of header() may connect. They cannot sign in by it, but they see what is open without a sign-in. Let only the gateway reach the port, by --ip or a firewall.`
}
