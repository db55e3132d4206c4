/*
 * Where a process listens, as text: `http://host:port`, or `unix+http://%2Fpath%2Fto%2Fsock` for a unix socket.
 * It loads no client, so that processes which only pass such texts on stay small.
 */

export type Address = { host: string; port: number } | { socketPath: string }

/** An address behind the proxy: a port or a unix socket, and the path that configurable-http-proxy puts in front. */
export interface Target {
  where: Address
  /** Goes before every path that is forwarded. Without a slash at the end; mostly empty. */
  path: string
}

const socketPrefix = 'unix+http://'

export function socketUrl(socketPath: string): string {
  return socketPrefix + encodeURIComponent(socketPath)
}

/** Writes host and port as a URL does: an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Returns the host of a URL; an IPv6 address without its brackets. */
export function hostOf(url: string): string {
  return unbracketed(new URL(url).hostname)
}

/** The socket of a URL that `socketUrl` made; `undefined` for one of another kind. */
export function socketOf(url: string): string | undefined {
  return url.startsWith(socketPrefix) ? decodeURIComponent(url.slice(socketPrefix.length)) : undefined
}

/** For Node's own client. */
export function addressOf(url: string): Address {
  const socketPath = socketOf(url)
  return socketPath === undefined ? tcpAddress(new URL(url)) : { socketPath }
}

/** For undici's clients: the origin to ask, and how it is connected to. */
export function originOf(url: string): { origin: string; connect: { socketPath?: string } } {
  const socketPath = socketOf(url)
  return socketPath === undefined
    ? { origin: url, connect: {} }
    : { origin: 'http://localhost', connect: { socketPath } }
}

/**
 * Reads what a stranger wrote: `http://host:port[/path]` or `unix+http://%2Fpath%2Fto%2Fsock[/path]`, which
 * configurable-http-proxy spells `http+unix` too; `undefined` for anything else.
 */
export function parseTarget(text: string): Target | undefined {
  const socket = /^(?:unix\+http|http\+unix):\/\/(%2F[^/?#]+)(\/[^?#]*)?$/i.exec(text)
  if (socket?.[1] !== undefined) {
    const socketPath = unescaped(socket[1])
    return socketPath === undefined ? undefined : { where: { socketPath }, path: withoutEnd(socket[2] ?? '') }
  }
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return undefined
  }
  return { where: tcpAddress(url), path: withoutEnd(url.pathname) }
}

function tcpAddress({ hostname, port }: URL): { host: string; port: number } {
  return { host: unbracketed(hostname), port: Number(port || 80) }
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '')
}
