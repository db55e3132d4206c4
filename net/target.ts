/** An address behind the proxy: a port or a unix socket, and the path that configurable-http-proxy puts in front. */
export interface Target {
  where: { host: string; port: number } | { socketPath: string }
  /** Goes before every path that is forwarded. Without a slash at the end; mostly empty. */
  path: string
}

/** Reads `http://host:port[/path]` or `unix+http://%2Fpath%2Fto%2Fsock[/path]`; `undefined` for anything else. */
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
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { where: { host, port: Number(url.port || 80) }, path: withoutEnd(url.pathname) }
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
