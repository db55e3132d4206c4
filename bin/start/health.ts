import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { callableIp } from '../../net/address.ts'

/** Where browsers come in. */
export interface WayIn {
  ip: string
  port: number
  /** Whether they come in by https. */
  isSecure: boolean
}

/** Resolves when a request from outside gets through proxy and hub, or when the signal is aborted. */
export async function untilHealthy(wayIn: WayIn, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isHealthy(wayIn))) await sleep(20)
}

function isHealthy({ ip, port, isSecure }: WayIn): Promise<boolean> {
  const get = isSecure ? getSecure : getPlain
  // The certificate is for the public names, not for this address.
  const health = { host: callableIp(ip), port, path: '/_carrel/health', agent: false, rejectUnauthorized: false }
  return new Promise((resolve) => {
    get(health, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}
