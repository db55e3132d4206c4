/** Errors of the engine in words that a learner may read. */
import { SpawnError } from '../spawner.ts'
import { refusesOptions } from './check-options.ts'
import { EngineError } from './engine.ts'
import { imageMissing } from './images/pull.ts'

export const failed = 'Your notebook could not be started.'
const silent = 'The machine that runs the notebooks does not answer.'
const full = 'The disk of the machine that runs the notebooks is full.'

/** Turns an engine's error into a `SpawnError` whose message a learner may read. */
export async function explained<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EngineError)) throw error
    const imageGone = error.status === 404 && /no such image/i.test(error.message)
    if (imageGone) throw imageMissing(error.message, error)
    // Only the option `mounts` names folders of the machine that may be missing.
    const sourceGone = error.status === 400 && /bind source path does not exist/i.test(error.message)
    if (sourceGone) {
      throw new SpawnError('Files of this course are not there.', { detail: error.message, cause: error, lasts: true })
    }
    throw new SpawnError(wordsFor(error), { detail: error.message, cause: error, lasts: refusesOptions(error) })
  }
}

function wordsFor({ status, message }: EngineError): string {
  if (status === undefined) return silent
  return /no space left on device|disk quota exceeded/i.test(message) ? full : failed
}

export function nameTaken(detail: string, otherSpec = false): SpawnError {
  return new SpawnError('Your notebook could not be started: something else has its name.', { detail, otherSpec })
}
