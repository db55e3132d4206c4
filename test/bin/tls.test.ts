import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { choosePort } from '../../bin/start/port.ts'
import { selfSigned } from '../helpers/certificate.ts'
import { until } from '../spawners/process/world.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'carrel.ts')

describe('carrel proxy with a certificate', function () {
  this.timeout(60_000)

  it('takes a new one over on SIGHUP, where no folder tells', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-tls-'))
    const pairs = [selfSigned(), selfSigned()] as const
    const port = await choosePort(0)
    await mkdir(join(folder, 'elsewhere'))
    for (const name of ['cert', 'key'] as const) {
      await writeFile(join(folder, name), pairs[0][name], { mode: 0o600 })
      // Whoever watches a folder hears nothing of what is written to a file under another name.
      await link(join(folder, name), join(folder, 'elsewhere', name))
    }
    const proxy = spawn(
      process.execPath,
      [
        program,
        'proxy',
        '--port',
        String(port),
        '--api-socket',
        join(folder, 'elsewhere', 'api.sock'),
        '--data',
        join(folder, 'elsewhere'),
      ],
      {
        env: {
          PATH: process.env.PATH,
          CARREL_PROXY_TOKEN: 'x'.repeat(40),
          CARREL_TLS_CERT: join(folder, 'cert'),
          CARREL_TLS_KEY: join(folder, 'key'),
        },
        stdio: 'ignore',
      },
    )
    try {
      await until(async () => (await shown(port)) === fingerprintOf(pairs[0]))
      for (const name of ['cert', 'key'] as const) await writeFile(join(folder, 'elsewhere', name), pairs[1][name])
      proxy.kill('SIGHUP')
      await until(async () => (await shown(port)) === fingerprintOf(pairs[1]))
    } finally {
      proxy.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  })
})

function fingerprintOf({ cert }: { cert: Buffer }): string {
  return new X509Certificate(cert).fingerprint256
}

/** What a new connection sees; undefined as long as nobody listens. */
async function shown(port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().fingerprint256
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
