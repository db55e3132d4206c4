/*
 * Reads and writes endpoints: `http://host:port`, or `unix+http://%2Fpath%2Fto%2Fsock` for a unix socket. This file
 * loads no HTTP client, so that processes which only pass such texts on stay small.
 */

export type Address = { host: string; port: number } | { socketPath: string }

/** An address behind the proxy: a port or a unix socket, and the path that configurable-http-proxy puts in front. */
export interface Target {
  where: Address
  /** The path to put before every forwarded path. Without a slash at the end; mostly empty. */
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

/** Returns the host of a URL, an IPv6 address without its brackets. */
export function hostOf(url: string): string {
  return unbracketed(new URL(url).hostname)
}

/** Returns the path of the socket in a URL that `socketUrl` made; undefined for another URL. */
export function socketOf(url: string): string | undefined {
  return url.startsWith(socketPrefix) ? decodeURIComponent(url.slice(socketPrefix.length)) : undefined
}

/** Returns the address of an endpoint as Node's own client takes it. */
export function addressOf(url: string): Address {
  const socketPath = socketOf(url)
  return socketPath === undefined ? tcpAddress(new URL(url)) : { socketPath }
}

/** Returns an endpoint as undici's clients take it: the origin to ask, and how to connect to it. */
export function originOf(url: string): { origin: string; connect: { socketPath?: string } } {
  const socketPath = socketOf(url)
  return socketPath === undefined
    ? { origin: url, connect: {} }
    : { origin: 'http://localhost', connect: { socketPath } }
}

/**
 * Reads a target of unknown origin: `http://host:port[/path]` or `unix+http://%2Fpath%2Fto%2Fsock[/path]`, which
 * configurable-http-proxy also spells `http+unix`. Undefined for any other text.
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
