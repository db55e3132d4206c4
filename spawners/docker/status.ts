import type { ContainerInspectInfo } from 'dockerode'
import type { ServerStatus } from '../spawner.ts'

export type ContainerState = ContainerInspectInfo['State']

/** Translates the engine's state of a container into a status of the contract. */
export function containerStatus(state: ContainerState): ServerStatus {
  switch (state.Status) {
    case 'created':
    case 'removing':
      return { state: 'gone' }
    case 'exited':
    case 'dead':
      return { state: 'exited', code: state.ExitCode, ...causeOf(state) }
    case 'restarting':
      return { state: 'pending', problem: 'the engine restarts the container' }
    default:
      return { state: 'running' }
  }
}

/** Says whether a container in this state, as lists name it, has processes. */
export function hasProcesses(state: string): boolean {
  return ['running', 'paused', 'restarting'].includes(state)
}

function causeOf({ OOMKilled, ExitCode, Error: message }: ContainerState): { reason?: string; outOfMemory?: true } {
  // `OOMKilled` alone may mean a notebook kernel that was killed long before the server itself ended in order.
  if (OOMKilled && ExitCode !== 0) return { outOfMemory: true }
  if (message !== '') return { reason: message }
  return ExitCode === 137 ? { reason: 'it was killed' } : {}
}

/** How much is read of a log: a program may write megabytes without the end of a line. */
const mostBytes = 65_536

/**
 * Returns the last lines of a container's log, 64 kB at most. The engine sends it in frames: one byte for the stream, three
 * empty bytes, four bytes for the length, then that many bytes of output.
 */
export function logLines(log: Buffer): string[] {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4)
    parts.push(log.subarray(at + 8, end))
    at = end
  }
  const bytes = Buffer.concat(parts)
  const lines = bytes.subarray(-mostBytes).toString('utf8').split(/\r?\n/)
  // What is left of a line whose beginning was not read may begin within a secret.
  const from = bytes.length > mostBytes && lines.length > 1 ? 1 : 0
  return lines.slice(from, lines.at(-1) === '' ? -1 : undefined)
}
