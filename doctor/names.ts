import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { checkServerIdentity, connect, type PeerCertificate } from 'node:tls'
import { messageOf } from '../hub/errors.ts'
import { hostOf } from '../net/endpoint.ts'
import { type Finding, ok, problem, unknown } from './finding.ts'
import { portOf, type Setup } from './setup.ts'

/** Checks that browsers find hub and servers, and are shown certificates of these names. */
export async function checkNames({ hubUrl, serversUrl, signal }: Setup): Promise<Finding[]> {
  // A label that no server has, of the same length as theirs.
  const label = randomBytes(10).toString('hex')
  const urls = [...new Set([hubUrl, serversUrl.replace('*', label)])]
  const named = urls.map((url) => checkName(url, url.includes(label) ? serversUrl : url, signal))
  return (await Promise.all(named)).flat()
}

async function checkName(url: string, shown: string, signal: AbortSignal): Promise<Finding[]> {
  const host = hostOf(url)
  const check = `name ${new URL(shown.replace('*', 'x')).hostname.replace(/^x(?=\.)/, shown.includes('*') ? '*' : 'x')}`
  // Browsers resolve these names themselves, without DNS.
  const isLocal = host === 'localhost' || host.endsWith('.localhost')
  try {
    if (!isLocal) await lookup(host)
  } catch (error) {
    return [
      problem(
        check,
        `is not found (${messageOf(error)}). Add it to your DNS${shown.includes('*') ? ', with its * as a wildcard' : ''}.`,
      ),
    ]
  }
  if (!url.startsWith('https:')) return [ok(check, isLocal ? 'is of this machine' : 'is found')]
  return [ok(check, 'is found'), await checkCertificate(check, host, portOf(url), signal)]
}

async function checkCertificate(name: string, host: string, port: number, signal: AbortSignal): Promise<Finding> {
  const check = `certificate of ${name}`
  try {
    const { certificate, trouble } = await certificateOf(isLocal(host) ? '127.0.0.1' : host, host, port, signal)
    const mismatch = checkServerIdentity(host, certificate)
    if (mismatch !== undefined) return problem(check, `${mismatch.message} Get one for this name.`)
    const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / 86_400_000)
    if (days < 7) return problem(check, `${days < 0 ? 'has ended' : `ends in ${days} days`}. Renew it.`)
    if (trouble !== undefined)
      return problem(check, `browsers may not believe it (${trouble}). Send the whole chain of a known authority.`)
    return ok(check, `fits, and is good for ${days} days`)
  } catch (error) {
    signal.throwIfAborted()
    return unknown(check, `nobody shows one at ${host}:${port} (${messageOf(error)})`)
  }
}

const isLocal = (host: string) => host === 'localhost' || host.endsWith('.localhost')

function certificateOf(address: string, servername: string, port: number, signal: AbortSignal) {
  return new Promise<{ certificate: PeerCertificate; trouble: string | undefined }>((resolve, reject) => {
    // The certificate is verified afterwards, so that each kind of trouble has a message of its own.
    const socket = connect({ host: address, port, servername, rejectUnauthorized: false, timeout: 5000 })
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)])
    limit.addEventListener('abort', () => socket.destroy(new Error('it did not answer in time')))
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const trouble = socket.authorized ? undefined : String(socket.authorizationError)
      resolve({ certificate: socket.getPeerCertificate(), trouble })
      socket.end()
    })
  })
}
