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

/**
 * Returns the lines of a container's log. The engine sends it in frames: one byte for the stream, three empty bytes,
 * four bytes for the length, then that many bytes of output.
 */
export function logLines(log: Buffer): string[] {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4)
    parts.push(log.subarray(at + 8, end))
    at = end
  }
  const lines = Buffer.concat(parts).toString('utf8').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
