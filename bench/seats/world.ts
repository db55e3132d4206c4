/**
 * Starts what `bench seats` measures: a real proxy, a trivial server behind it and a load generator, a process each.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePort } from '../../bin/start/port.ts'
import { projectDir } from '../../test/helpers/carrel.ts'
import { type ProxyProcess, runTask, startHelper, startProxyProcess } from '../proxy-process.ts'
import { hubUrl, serversUrl } from '../seat-headers.ts'
import type { Seen, Task } from './load.ts'

export interface SeatsWorld {
  proxy: ProxyProcess
  /** Address of the server behind the proxy. */
  target: string
  load(task: Task): Promise<Seen>
}

/**
 * Starts proxy, server and load generator. With `inspected` the size of the proxy's heap can be read. With `hasHub` the server
 * answers in the place of a hub too.
 */
export async function openSeatsWorld(
  opened: AsyncDisposableStack,
  { inspected = false, hasHub = false, signal }: { inspected?: boolean; hasHub?: boolean; signal: AbortSignal },
): Promise<SeatsWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'carrel-seats-'))
  opened.defer(() => rm(dir, { recursive: true, force: true }))
  const backend = startHelper(join(import.meta.dirname, 'backend.ts'), opened)
  const [{ port }] = (await once(backend, 'message')) as [{ port: number }]
  const generator = startHelper(join(import.meta.dirname, 'load.ts'), opened)
  const port2 = await choosePort(0)
  const apiPort = await choosePort(0)
  const hub = `http://127.0.0.1:${hasHub ? port : 1}`
  const urls = ['--hub-url', hubUrl, '--servers-url', serversUrl, '--insecure-http', '--hub', hub]
  const where = ['--ip', '127.0.0.1', '--port', String(port2), '--api-port', String(apiPort), '--data', dir]
  const inspectPort = inspected ? await choosePort(0) : undefined
  const node = inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`, '--inspect-publish-uid=http']
  const proxy = await startProxyProcess(
    [...node, join(projectDir, 'bin', 'carrel.js'), 'proxy', ...where, ...urls, '--log-file', join(dir, 'proxy.log')],
    { port: port2, apiPort, inspectPort },
    opened,
    signal,
  )
  return { proxy, target: `http://127.0.0.1:${port}`, load: (task) => runTask<Seen>(generator, task, signal) }
}
