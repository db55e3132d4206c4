/** Installs JupyterHub's own proxy from npm into the user's cache, and starts it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { choosePort } from '../../bin/start/port.ts'
import { type ProxyProcess, startProxyProcess } from '../proxy-process.ts'

const run = promisify(execFile)
const requirement = 'configurable-http-proxy@5'

/** Starts configurable-http-proxy. Rejects with a message that says what could not be installed or started. */
export async function startPlainPeer(
  opened: AsyncDisposableStack,
  { report, signal, core }: { report(line: string): void; signal: AbortSignal; core: number },
): Promise<ProxyProcess> {
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carrel-bench', requirement)
  const script = join(root, 'node_modules', 'configurable-http-proxy', 'bin', 'configurable-http-proxy')
  if (!existsSync(script)) {
    report(`installing ${requirement} into ${root}, once`)
    await mkdir(root, { recursive: true })
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', root, requirement], {
      timeout: 300_000,
      signal,
    })
  }
  const [port, apiPort] = [await choosePort(0), await choosePort(0)]
  const here = ['--ip', '127.0.0.1', '--port', String(port), '--api-ip', '127.0.0.1', '--api-port', String(apiPort)]
  return startProxyProcess([script, ...here], { port, apiPort, core }, opened, signal)
}
