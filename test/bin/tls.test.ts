import { type ChildProcess, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { link, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { choosePort } from '../../bin/start/port.ts'
import { selfSigned } from '../helpers/certificate.ts'
import { until } from '../helpers/until.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'carrel.js')

describe('carrel proxy with a certificate', function () {
  this.timeout(300_000)
  const pairs = [selfSigned(), selfSigned()] as const
  const kinds = ['cert', 'key'] as const
  let folder: string
  let port: number
  let proxy: ChildProcess
  let log: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-tls-'))
    port = await choosePort(0)
    for (const kind of kinds) await writeFile(join(folder, kind), pairs[0][kind], { mode: 0o600 })
    const args = ['--port', String(port), '--api-socket', join(folder, 'api.sock'), '--data', folder]
    proxy = spawn(process.execPath, [program, 'proxy', ...args], {
      env: {
        PATH: process.env.PATH,
        CARREL_PROXY_TOKEN: 'x'.repeat(40),
        CARREL_TLS_CERT: join(folder, 'cert'),
        CARREL_TLS_KEY: join(folder, 'key'),
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    log = ''
    proxy.stdout?.on('data', (chunk) => {
      log += chunk
    })
    await until(async () => (await shown(port)) === fingerprintOf(pairs[0]))
  })
  afterEach(async () => {
    proxy.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('takes over a new certificate that is written to the files through other names', async () => {
    for (const kind of kinds) await link(join(folder, kind), join(folder, `${kind}.other`))
    for (const kind of kinds) await writeFile(join(folder, `${kind}.other`), pairs[1][kind])
    await until(async () => (await shown(port)) === fingerprintOf(pairs[1]))
  })

  it('reads the files again on each SIGHUP, whether they have changed or not', async () => {
    const complaints = () => log.split('the old one stays').length - 1
    await writeFile(join(folder, 'cert'), 'nonsense')
    await until(async () => complaints() > 0)
    // A change is noticed twice at most: when the file is emptied, and when it is written.
    for (let signals = 1; signals <= 4; signals += 1) {
      const before = complaints()
      proxy.kill('SIGHUP')
      await until(async () => complaints() > before)
    }
    await writeFile(join(folder, 'cert'), pairs[1].cert)
    await writeFile(join(folder, 'key'), pairs[1].key)
    proxy.kill('SIGHUP')
    await until(async () => (await shown(port)) === fingerprintOf(pairs[1]))
  })
})

function fingerprintOf({ cert }: { cert: Buffer }): string {
  return new X509Certificate(cert).fingerprint256
}

/** Returns the fingerprint of the certificate that a new connection gets, or undefined while nothing listens. */
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
