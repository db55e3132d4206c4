/** Has no editor save anything in a server while something is done there: all proxies hold back what changes its files. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../../net/error-code.ts'
import { pauseMilliseconds } from '../../seats/route.ts'
import type { Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { PauseAnswer, ProxyClient } from '../proxies/clients.ts'

/**
 * Does something while no save that goes through a proxy reaches the server: none is under way when it begins, and none begins
 * before it is over. Rejects with `NotQuiet`, and does nothing, where that cannot be had. `isQuiet` says whether there is time
 * left for one more request to the server.
 */
export type Quiet = <T>(act: (isQuiet: () => boolean) => Promise<T>) => Promise<T>

/** The error of a server that something is being saved in, or of which a proxy does not say. */
export class NotQuiet extends Error {}

/** How long a request to the server may take after it was begun in quiet. */
const requestMilliseconds = 2500
/** For how long another pause of the same server is waited for, which may be that of a killed hub, and for how long each time. */
const [patience, mostWait] = [pauseMilliseconds + 1000, 300]

export function quietAt(hub: Pick<Hub, 'proxies' | 'log'>, { id: server, path }: Pick<Server, 'id' | 'path'>): Quiet {
  const { proxies, log } = hub
  return async (act) => {
    const name = randomBytes(12).toString('hex')
    const began = await begin(hub, path, name)
    try {
      return await act(() => performance.now() < began + pauseMilliseconds - requestMilliseconds)
    } finally {
      const lasted = await Promise.all(proxies.all.map((proxy) => proxy.goOn(path, name).catch(isAway)))
      if (!lasted.every(Boolean)) log.warn({ server }, 'saves went on before a notebook was replaced')
    }
  }
}

/** Begins a pause at all proxies. Returns when that was, by `performance.now()`. */
async function begin({ proxies, log }: Pick<Hub, 'proxies' | 'log'>, path: string, name: string): Promise<number> {
  const ask = async (proxy: ProxyClient): Promise<PauseAnswer | 'away' | 'unknown'> => {
    try {
      return await proxy.pause(path, name)
    } catch (error) {
      if (isAway(error)) return 'away'
      log.warn({ proxy: proxy.url, reason: messageOf(error) }, 'a proxy did not say whether a server is saved in')
      return 'unknown'
    }
  }
  const over = performance.now() + patience
  while (performance.now() < over) {
    const began = performance.now()
    const answers = await Promise.all(proxies.all.map(ask))
    if (answers.every((answer) => answer === 'paused' || answer === 'away')) return began
    await Promise.all(proxies.all.map((proxy) => proxy.goOn(path, name).catch(() => false)))
    if (answers.includes('busy') || answers.includes('unknown')) throw new NotQuiet('something is being saved there')
    await sleep(Math.random() * mostWait)
  }
  throw new NotQuiet('its files are being replaced all the time')
}

/** Tells whether no program is at a proxy's address, so that no one saves anything through it. */
function isAway(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')
}
