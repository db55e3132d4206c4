/** The certificate that browsers see. It is read again when its files change, and no connection notices. */
import { X509Certificate } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile, readlink, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { Logger } from 'pino'

/** PEM files. The first holds the certificate and the ones between it and the authority's. */
export interface CertificateFiles {
  cert: string
  key: string
}

export interface Certificate {
  /** For a server of `node:https` that is about to be made. */
  options(): SecureContextOptions
  /** This server's new connections get every later pair. */
  supply(server: Server): void
  /** Reads the files now. A pair that cannot be used is logged, and the old one stays. */
  reload(): Promise<void>
  close(): void
}

/** Files are written one after the other, and this is about one moment for who renews them. */
const quietMilliseconds = 250

/**
 * Rejects, with a message that names the remedy, when the files cannot be used. `hosts` are names that visitors ask
 * for: a certificate that lacks one is used all the same, with a warning.
 */
export async function openCertificate(files: CertificateFiles, hosts: string[], log: Logger): Promise<Certificate> {
  let pair = await readPair(files)
  const servers: Server[] = []
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  report(pair, hosts, log)

  const reload = async () => {
    try {
      const read = await readPair(files)
      if (read.cert.equals(pair.cert) && read.key.equals(pair.key)) return
      for (const server of servers) server.setSecureContext(secureContext(read))
      pair = read
      report(pair, hosts, log)
    } catch (error) {
      log.error({ err: error }, 'the new certificate cannot be used, so the old one stays')
    } finally {
      // Links may lead elsewhere now.
      await rewatch()
    }
  }
  const changed = () => {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(() => void reload(), quietMilliseconds)
  }
  const rewatch = async () => {
    const folders = new Set([...(await foldersOf(files.cert)), ...(await foldersOf(files.key))])
    const before = watchers
    watchers = isClosed ? [] : [...folders].flatMap((folder) => watchFolder(folder, changed, log))
    for (const watcher of before) watcher.close()
  }
  await rewatch()

  return {
    options: () => secureContext(pair),
    supply: (server) => void servers.push(server),
    reload,
    close() {
      isClosed = true
      clearTimeout(timer)
      for (const watcher of watchers.splice(0)) watcher.close()
    },
  }
}

interface Pair {
  cert: Buffer
  key: Buffer
}

function secureContext(pair: Pair): SecureContextOptions {
  return { ...pair, minVersion: 'TLSv1.2' }
}

async function readPair(files: CertificateFiles): Promise<Pair> {
  const { mode } = await stat(files.key)
  if (mode & 0o007) {
    throw new Error(
      `everybody on this machine may read the TLS key ${files.key}: chmod o= it (in Kubernetes: defaultMode 0440)`,
    )
  }
  const pair = { cert: await readFile(files.cert), key: await readFile(files.key) }
  try {
    createSecureContext(secureContext(pair))
    new X509Certificate(pair.cert)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${files.cert} and ${files.key} are not a certificate in PEM and its key: ${reason}`, { cause })
  }
  return pair
}

function report({ cert }: Pair, hosts: string[], log: Logger): void {
  const x509 = new X509Certificate(cert)
  const { subjectAltName, validTo, fingerprint256 } = x509
  log.info({ names: subjectAltName, validTo, fingerprint256 }, 'certificate loaded')
  const missing = hosts.filter((host) => (isIP(host) === 0 ? x509.checkHost(host) : x509.checkIP(host)) === undefined)
  if (missing.length > 0) log.warn({ missing }, 'the certificate lacks names that browsers ask for')
  if (Date.parse(validTo) < Date.now()) log.warn({ validTo }, 'the certificate has expired')
}

/** Those in which the file, or a link on the way to it, lies: certbot and Kubernetes renew by turning links. */
async function foldersOf(file: string): Promise<string[]> {
  const folders = new Set<string>()
  let [folder, ...rest] = namesOf(resolve(file))
  for (let links = 0; rest.length > 0 && links < 40; ) {
    const [name = '', ...further] = rest
    const target = await readlink(join(folder, name)).catch(() => undefined)
    if (target === undefined) {
      if (further.length === 0) folders.add(folder)
      folder = join(folder, name)
      rest = further
    } else {
      links += 1
      folders.add(folder)
      ;[folder, ...rest] = namesOf(resolve(folder, target, ...further))
    }
  }
  return [...folders]
}

function namesOf(path: string): [string, ...string[]] {
  return ['/', ...path.split('/').filter((name) => name !== '')]
}

function watchFolder(folder: string, changed: () => void, log: Logger): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, changed)
    watcher.on('error', (error) => log.warn({ err: error, folder }, 'cannot watch this folder for a new certificate'))
    return [watcher]
  } catch (error) {
    log.warn({ err: error, folder }, 'cannot watch this folder for a new certificate; send SIGHUP when there is one')
    return []
  }
}
