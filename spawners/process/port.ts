/** The ports of servers whose programs listen on no socket. Every account of the machine reaches them. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { codeOf } from '../../net/error-code.ts'
import { type Listen, type ServerKey, SpawnError } from '../spawner.ts'
import { listRuns } from './run.ts'
import { runName } from './run-folder.ts'

/** Above the ports of well-known services, and below those that Kubernetes (30000) and systems (32768) give out. */
const ports = { first: 10_000, count: 20_000 }

/** The distance between the ports of two runs. It has no factor in common with the count, so a server comes to every port. */
const step = 7919

/** Returns the address of a run whose program listens on a port. The next run has another one. Pure. */
export function runAddress({ server, run }: ServerKey): { ip: string; port: number } {
  const start = createHash('sha256').update(server).digest().readUInt32BE()
  return { ip: '127.0.0.1', port: ports.first + ((start + run * step) % ports.count) }
}

/** Returns whether the program was told to listen on a port. */
export function isOnPort({ listen }: { listen?: Listen | undefined }): boolean {
  return listen !== undefined && 'port' in listen
}

/**
 * Returns the error for a port that another run of ours has, or that answers; undefined where neither is so. Listens
 * nowhere itself, since the program of the same run may be about to.
 */
export async function portProblem(runDir: string, key: ServerKey): Promise<SpawnError | undefined> {
  const { ip, port } = runAddress(key)
  const others = (await listRuns(runDir)).filter((about) => about.port === port && runName(about) !== runName(key))
  const [other] = others
  if (other === undefined && !(await answers(ip, port))) return undefined
  const by = other === undefined ? 'a program that Carrel did not start' : `run ${runName(other)}`
  return new SpawnError('The place where this server was to answer is taken by another program.', {
    detail: `port ${port} of ${ip} is taken by ${by}; the next start has another port`,
  })
}

/** Returns whether something listens on a port. A connection that neither opens nor fails within a second counts too. */
async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1000) })
    return true
  } catch (error) {
    return codeOf(error) !== 'ECONNREFUSED'
  } finally {
    socket.on('error', () => undefined).destroy()
  }
}
