/** What tests of long bodies share, towards clients and towards backends. */
import { writeFile } from 'node:fs/promises'
import { type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http'
import { request as requestTls } from 'node:https'
import { join } from 'node:path'
import { addressOf } from '../../../net/endpoint.ts'
import { selfSigned } from '../../helpers/certificate.ts'
import type { Cleanup } from '../../helpers/cleanup.ts'
import { temporaryFolder } from '../world.ts'

export async function certificate(cleanup: Cleanup) {
  const folder = await temporaryFolder(cleanup)
  const pair = selfSigned()
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFile(files.cert, pair.cert, { mode: 0o600 })
  await writeFile(files.key, pair.key, { mode: 0o600 })
  return files
}

/** Begins a request over http or https, on a connection of its own that may be cut. */
export function begin(
  cleanup: Cleanup,
  url: string,
  { headers, ...asked }: { path: string; method?: string; headers?: OutgoingHttpHeaders },
): ClientRequest {
  const options = { ...asked, headers: { host: 'nb.test', ...headers }, agent: false }
  const { hostname, port, protocol } = new URL(url)
  const req =
    protocol === 'https:'
      ? requestTls({ ...options, host: hostname, port, rejectUnauthorized: false })
      : request({ ...options, ...addressOf(url) })
  req.on('error', () => {})
  cleanup.defer(() => req.destroy())
  return req
}
