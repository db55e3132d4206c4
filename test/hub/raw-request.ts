import { once } from 'node:events'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface RawAnswer {
  status: number
  type: string
  body: string
}

/** Sends exactly these bytes and reads one answer. No client normalises an address, a header or a body. */
export async function sendRaw(address: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  const text = (await buffer(socket)).toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, end)
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    type: /^content-type: ([^;\r]*)/im.exec(head)?.[1] ?? '',
    body: text.slice(end + 4),
  }
}

/** Returns a request with the headers of a browser, and with any bytes as its target. */
export function rawRequest(
  method: string,
  target: string,
  headers: Record<string, string | string[]> = {},
  body = '',
): string {
  const lines = Object.entries({
    host: 'hub.test',
    connection: 'close',
    accept: 'text/html,*/*;q=0.8',
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body, 'latin1')) }),
    ...headers,
  }).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`))
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
