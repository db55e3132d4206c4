/** Runs a proxy in a thread of its own, so that a test can measure the processor time of the proxy alone. */

import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import type { ProxyOptions } from '../../proxy/options.ts'
import { startProxy } from '../../proxy/proxy.ts'
import type { Cleanup } from '../helpers/cleanup.ts'
import { hubUrl, keys, serversUrl, token } from './world.ts'

/** The options that can be passed to a thread. */
export type ThreadOptions = Pick<ProxyOptions, 'hubs' | 'trustedProxies'>

export interface ProxyThread {
  urls: [string, ...string[]]
  apiUrl: string
  /** Returns the milliseconds of processor time that the thread has taken so far. */
  cpu(): Promise<number>
}

export async function startProxyThread(cleanup: Cleanup, options: ThreadOptions): Promise<ProxyThread> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options })
  cleanup.defer(() => worker.terminate())
  const said = async () => ((await once(worker, 'message')) as unknown[])[0]
  const { urls, apiUrl } = (await said()) as Pick<ProxyThread, 'urls' | 'apiUrl'>
  return {
    urls,
    apiUrl,
    async cpu() {
      const answer = said()
      worker.postMessage('cpu')
      return (await answer) as number
    },
  }
}

if (!isMainThread && parentPort !== null) {
  const here = { ips: ['127.0.0.1'], port: 0 } as const
  const log = pino({ level: 'info' }, { write: () => {} })
  const proxy = await startProxy({
    ...(workerData as ThreadOptions),
    listen: here,
    api: here,
    hubUrl,
    insecureHttp: true,
    serversUrl,
    keys,
    token,
    log,
  })
  const port = parentPort
  port.on('message', () => {
    const { user, system } = process.threadCpuUsage()
    port.postMessage((user + system) / 1000)
  })
  port.postMessage({ urls: proxy.urls, apiUrl: proxy.apiUrl })
}
