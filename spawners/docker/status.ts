import type { ContainerInspectInfo } from 'dockerode'
import type { ServerStatus } from '../spawner.ts'

export type ContainerState = ContainerInspectInfo['State']

/** What the engine says about a container, in the contract's words. */
export function containerStatus(state: ContainerState): ServerStatus {
  switch (state.Status) {
    case 'created':
    case 'removing':
      return { state: 'gone' }
    case 'exited':
    case 'dead': {
      const reason = reasonOf(state)
      return { state: 'exited', code: state.ExitCode, ...(reason === undefined ? {} : { reason }) }
    }
    case 'restarting':
      return { state: 'pending', problem: 'the engine restarts the container' }
    default:
      return { state: 'running' }
  }
}

function reasonOf({ OOMKilled, ExitCode, Error: message }: ContainerState): string | undefined {
  // The engine remembers a kernel that was killed for memory long before the server ended well.
  if (OOMKilled && ExitCode !== 0) return 'it used more memory than it may have'
  if (message !== '') return message
  if (ExitCode === 137) return 'it was killed'
  return undefined
}

/**
 * The lines of a container's log as the engine frames it: one byte for the stream, three of nothing, four for the
 * length, then that many bytes.
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
