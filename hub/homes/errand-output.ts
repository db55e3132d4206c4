import { PassThrough, type Readable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { type ErrandRequest, runErrand } from './errand.ts'

/**
 * Runs a program beside an image, reads what it prints while it runs, and returns what `read` makes of that. Where the program fails or
 * what it prints is refused, returns the reason instead, once the program has ended. `read` gets a signal that ends with the errand.
 */
export async function readErrand<T>(
  hub: Hub,
  errand: ErrandRequest,
  signal: AbortSignal,
  read: (stdout: Readable, signal: AbortSignal) => Promise<T>,
): Promise<{ made: T } | { problem: string }> {
  const stdout = new PassThrough()
  const failed = new AbortController()
  const ending = AbortSignal.any([signal, failed.signal])
  const running = runErrand(hub, errand, { signal: ending, stdout }).then(
    ({ code }) => {
      if (code !== 0) stdout.destroy(new Error(`the program for ${errand.purpose} ended with ${code}`))
      stdout.end()
    },
    (error: unknown) => {
      stdout.destroy(error as Error)
      throw error
    },
  )
  const reading = read(stdout, ending).catch((error: unknown) => {
    failed.abort(error)
    throw error
  })
  try {
    const [made] = await Promise.all([reading, running])
    return { made }
  } catch (cause) {
    stdout.destroy()
    // What is refused early leaves an errand that is still to end.
    await running.catch(() => undefined)
    const error = failed.signal.aborted ? failed.signal.reason : cause
    const { detail } = error as { detail?: string }
    return { problem: [messageOf(error), detail].filter(Boolean).join(' ') }
  }
}
