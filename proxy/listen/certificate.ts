/** The certificate that browsers see. The proxy reads it again when its files change; open connections go on. */
import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { Logger } from 'pino'
import { lookMilliseconds, onFileChange } from '../../net/watch-file.ts'

/** PEM files. `cert` holds the certificate and the ones between it and the authority's. */
export interface CertificateFiles {
  cert: string
  key: string
}

export interface Certificate {
  /** Returns options for creating a server of `node:tls`. */
  options(): SecureContextOptions
  /** Gives this server every later certificate, for its new connections. */
  supply(server: Server): void
  /** Reads the files now. Logs a certificate or key that cannot be used, and keeps the old pair. */
  reload(): Promise<void>
  close(): void
}

/** How long no change must follow before the files are read: the changes of the two are noticed up to a look apart. */
const quietMilliseconds = lookMilliseconds + 50

/**
 * Opens the certificate. Rejects with a message that names the remedy when the files cannot be used. `hosts` are names
 * that visitors ask for; a certificate that lacks one is still used, with a warning.
 */
export async function openCertificate(files: CertificateFiles, hosts: string[], log: Logger): Promise<Certificate> {
  let pair = await readPair(files)
  const servers: Server[] = []
  let timer: NodeJS.Timeout | undefined
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
    }
  }
  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), quietMilliseconds)
  }
  const undos = [onFileChange(files.cert, changed), onFileChange(files.key, changed)]

  return {
    options: () => secureContext(pair),
    supply: (server) => void servers.push(server),
    reload,
    close() {
      for (const undo of undos) undo()
      clearTimeout(timer)
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
