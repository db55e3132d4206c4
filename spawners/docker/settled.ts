import type { ServerStatus } from '../spawner.ts'
import { until } from './engine.ts'

/** For how long after its end the engine may still learn why a container was killed. */
const secondsToLearn = 1

/**
 * Returns the status of a container with its cause, where it has ended. The engine sees the end of a program that the kernel
 * killed for its memory, and may learn the cause a moment later, so `look` looks again.
 */
export async function settled<Status extends ServerStatus>(
  first: Status,
  look: () => Promise<Status | undefined>,
): Promise<Status> {
  if (!isUnexplained(first)) return first
  const later = await until(secondsToLearn, async () => {
    const seen = await look()
    return isUnexplained(seen) ? undefined : seen
  })
  return later ?? first
}

function isUnexplained(status: ServerStatus | undefined): boolean {
  return status?.state === 'exited' && status.code === 137 && status.outOfMemory === undefined
}
