import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carrel, startCarrel } from '../../test/helpers/carrel.ts'
import type { Contender } from './contender.ts'
import { type LogLine, launchRequests, readLines } from './share.ts'

/** Starts `carrel start` with this config file, or with the default one, and goes on with the data of an earlier start if they are named. */
export async function startOurs(config: string | undefined, dataDir?: string): Promise<Contender & { carrel: Carrel }> {
  const carrel = await startCarrel({ staticFiles: true, ...(config && { config }), ...(dataDir && { dataDir }) })
  const data = join(carrel.dataDir, 'data')
  const [hubLog, proxyLog] = [logOf(join(data, 'logs', 'hub.log')), logOf(join(data, 'logs', 'proxy.log'))]
  const token = (await readFile(join(data, 'secrets', 'culler-token'), 'utf8')).trim()

  const serverAt = async ({ pathname }: URL) => {
    const [, , name, slug] = pathname.split('/')
    const rows = await carrel.query<{ state: string; queued: number; started: number }>(
      `select state, queued, started from servers where path = '/user/${name}/${slug}/'`,
    )
    if (rows[0] === undefined) throw new Error(`there is no server at ${pathname}`)
    return { ...rows[0], name, slug }
  }

  return {
    carrel,
    link: carrel.link,
    async begin() {
      await Promise.all([hubLog.skip(), proxyLog.skip()])
    },
    async account(page) {
      const { queued, started } = await serverAt(page)
      const requests = launchRequests(await hubLog.lines(), await proxyLog.lines(), page.pathname)
      return { serverMilliseconds: started - queued, requests }
    },
    async stopServer(page) {
      const { name, slug } = await serverAt(page)
      const answer = await fetch(new URL(`/hub/api/users/${name}/servers/${slug}`, carrel.link), {
        method: 'DELETE',
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(30_000),
      })
      if (!answer.ok) throw new Error(`the server was not stopped: ${answer.status} ${await answer.text()}`)
      for (let tries = 0; (await serverAt(page)).state !== 'stopped'; tries += 1) {
        if (tries === 300) throw new Error('the server did not stop within 60 seconds')
        await sleep(200)
      }
    },
    close: () => carrel.stop(),
  }
}

function logOf(file: string): { skip(): Promise<void>; lines(): Promise<LogLine[]> } {
  let begin = 0
  return {
    async skip() {
      begin = (await stat(file)).size
    },
    async lines() {
      return readLines((await readFile(file)).subarray(begin).toString('utf8'))
    },
  }
}
