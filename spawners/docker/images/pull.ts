import { SpawnError, type StartContext } from '../../spawner.ts'
import { type Engine, failureIn, jsonLines } from '../engine.ts'
import { watchStall } from './stall.ts'

/** Returns the error of an image that is nowhere. Another try finds none either. */
export function imageMissing(detail: string, cause?: unknown): SpawnError {
  return new SpawnError('The image of this course is not there.', { detail, cause, lasts: true })
}

const imageUnreachable = 'The image of this course could not be fetched.'

/** One line of the engine's report about a pull. */
export interface PullEvent {
  id?: string
  status?: string
  progressDetail?: { current?: number; total?: number }
  error?: string
}

export interface PullRequest {
  name: string
  authconfig: { username: string; password: string; serveraddress: string } | undefined
  /** Seconds without a line from the engine after which the pull has failed. The whole pull may take longer. */
  stallSeconds: number
}

/** Fetches an image and reports progress. The engine gives a pull up when the connection of its request is closed. */
export async function pull(
  engine: Engine,
  { name, authconfig, stallSeconds }: PullRequest,
  { signal, report }: Pick<StartContext, 'signal' | 'report'>,
): Promise<void> {
  const message = 'Fetching the image of this course'
  report({ phase: 'pulling', message })
  const stall = watchStall(stallSeconds, signal)
  const percentAfter = pullProgress()
  try {
    const stream = await engine.docker.pull(name, { authconfig, abortSignal: stall.signal })
    for await (const event of jsonLines<PullEvent>(stream)) {
      stall.heard()
      if (event.error !== undefined) throw new Error(event.error)
      const percent = percentAfter(event)
      if (percent !== undefined) report({ phase: 'pulling', percent, message })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw failure(name, stall.errorFor(error))
  } finally {
    stall.end()
  }
}

/**
 * Returns a function that takes each event of a pull and returns the percent of the whole pull, or undefined when that
 * has not risen. The percent is the mean over the layers that the engine lacks. The engine names them before it fetches
 * the first one, so the mean hardly ever falls.
 */
export function pullProgress(): (event: PullEvent) => number | undefined {
  const layers = new Map<string, number>()
  let highest = 0
  return ({ id, status, progressDetail }) => {
    if (id === undefined || status === undefined) return
    const share = layerShare(status, progressDetail)
    if (share === undefined) return
    layers.set(id, Math.max(share, layers.get(id) ?? 0))
    const mean = [...layers.values()].reduce((sum, one) => sum + one, 0) / layers.size
    const percent = Math.floor(mean * 100)
    if (percent <= highest) return
    highest = percent
    return percent
  }
}

/** Returns how far one layer is, from 0 to 1: fetching counts as two thirds, unpacking as the rest. */
function layerShare(status: string, { current = 0, total }: NonNullable<PullEvent['progressDetail']> = {}) {
  const part = total ? Math.min(1, current / total) : 0
  switch (status) {
    case 'Pulling fs layer':
    case 'Waiting':
      return 0
    case 'Downloading':
      return (part * 2) / 3
    case 'Verifying Checksum':
    case 'Download complete':
      return 2 / 3
    case 'Extracting':
      return (2 + part) / 3
    case 'Pull complete':
      return 1
    default:
      return undefined
  }
}

function failure(name: string, error: unknown): SpawnError {
  const { status, message } = failureIn(error)
  // An image that the registry does not know is a 404, or an error in the stream if that has begun already.
  const unknown = status === 404 || /not found|manifest unknown|does not exist|denied/i.test(message)
  const detail = `pull of ${name}: ${message}`
  return unknown ? imageMissing(detail, error) : new SpawnError(imageUnreachable, { detail, cause: error })
}

/** What to do where a registry refuses an image. */
export const refusalRemedy =
  'Correct image, put the image there, or give the login of a private registry (option registryAuth)'

/** Says whether a registry has answered that there is no such image, or none for this login. */
export function isRefusal(message: string): boolean {
  // An engine without this request knows no such page.
  if (/page not found/i.test(message)) return false
  return /manifest unknown|not found|does not exist|denied|unauthorized|no basic auth|authentication required/i.test(
    message,
  )
}

/** Returns why a pull has failed, for staff, with its remedy. `isHere` says whether the engine has an earlier image of the name. */
export function whyNotFetched(error: unknown, isHere: boolean): string {
  const { message, detail = message } = error as SpawnError
  const remedy = isRefusal(detail) ? refusalRemedy : 'Try it again when the registry answers'
  const until = isHere ? 'servers start from the image that the engine has' : 'servers of its courses cannot start'
  return `${detail}. ${remedy}. Until then ${until}.`
}
