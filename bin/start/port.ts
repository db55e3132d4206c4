import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { hostPort } from '../../net/endpoint.ts'
import { codeOf } from '../../net/error-code.ts'
import { UsageError } from '../options.ts'

/**
 * Returns the wanted port if it is free on every address that this machine has of these, and for 0 a free port. The
 * default is `127.0.0.1` and `::1`: a browser's `localhost` may be either, so another program on one of them would get
 * half of the visitors. The free port is one that no system gives to connections and to listeners by itself, so that
 * nothing takes it before it is used.
 */
export async function choosePort(
  wanted: number,
  [first, ...others]: readonly [string, ...string[]] = ['127.0.0.1', '::1'],
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const port = await tryPort(first, wanted === 0 ? randomInt(lowest, highest) : wanted)
      for (const ip of others) {
        await tryPort(ip, port).catch((error: unknown) => {
          if (codeOf(error) === 'EADDRINUSE') throw error
        })
      }
      return port
    } catch (error) {
      if (wanted === 0 && attempt < 10 && codeOf(error) === 'EADDRINUSE') continue
      throw new UsageError(whyNot(wanted, first, error))
    }
  }
}

/** Linux gives out ports from 32768 on by itself, other systems from 49152 on. */
const [lowest, highest] = [20_000, 32_768]

async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  const taken = (server.address() as AddressInfo).port
  server.close()
  await once(server, 'close')
  return taken
}

function whyNot(port: number, ip: string, error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') {
    return `port ${port} is taken by another program. Stop it, or choose another with --port (0: any).`
  }
  if (['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(codeOf(error) ?? '')) {
    return `this machine has no address ${ip}. Name one of its own with --ip; 0.0.0.0 is all of them.`
  }
  if (codeOf(error) === 'EACCES') return `port ${port} is only for root. Choose one above 1023 with --port.`
  const place = port === 0 ? ip : hostPort(ip, port)
  return `nothing can listen at ${place}: ${error instanceof Error ? error.message : String(error)}`
}
