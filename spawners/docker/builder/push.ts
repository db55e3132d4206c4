/** Images that were built at an engine, at the registry from which servers elsewhere are started. */
import type { BuildContext } from '../../builder.ts'
import { EngineError, failureIn, jsonLines } from '../engine.ts'
import { watchStall } from '../images/stall.ts'
import { type BuildEvent, plainLine } from './output.ts'
import { type BuildPlace, referenceIn } from './place.ts'

export interface PushPlace extends BuildPlace {
  /** The login with which images are pushed, and looked for. */
  login: { username: string; password: string; serveraddress: string } | undefined
}

/** What a registry says of an image that it does not have. */
const unknownThere = /manifest unknown|name unknown|not found|does not exist/i

/** What it says where the login may not know that, as some do for all that is not there. */
const closed = /denied|unauthorized|no basic auth|authentication required/i

/** Returns the digest of the image at the registry; undefined where there is none. Rejects where that is not to be known. */
export async function pushedDigest(
  place: PushPlace,
  name: string,
  signal: AbortSignal,
  { denialIsNone = false } = {},
): Promise<string | undefined> {
  const { engine, login } = place
  const reference = referenceIn(place, name)
  try {
    const { Descriptor } = await engine.request(
      `ask the registry for ${reference}`,
      (to) => engine.docker.getImage(reference).distribution({ ...(login && { authconfig: login }), ...to }),
      { signal },
    )
    return Descriptor.digest
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const { message } = failureIn(error.cause)
    if (closed.test(message)) {
      if (denialIsNone) return undefined
      throw new Error(`${error.message}. Correct auth of dockerBuilder, or what it may read at the registry.`, {
        cause: error,
      })
    }
    if (unknownThere.test(message)) return undefined
    throw error
  }
}

/** Pushes the image that has this name at the engine, and returns its digest. */
export async function push(place: PushPlace, name: string, { signal, report }: BuildContext): Promise<string> {
  const { engine, login, fetching } = place
  const reference = referenceIn(place, name)
  const { timeoutSeconds } = fetching
  report({ phase: 'pushing' })
  const stall = watchStall(timeoutSeconds, signal)
  let digest: string | undefined
  try {
    // Engines want a login, if only an empty one.
    const options = { authconfig: login ?? {}, abortSignal: stall.signal }
    const output = await engine.docker.getImage(reference).push(options)
    for await (const { id, status, aux, error } of jsonLines<BuildEvent>(output)) {
      stall.heard()
      if (error !== undefined) throw new Error(error)
      digest = aux?.Digest ?? digest
      if (/^(Pushed|Layer already exists|Mounted)/.test(status ?? '')) report({ line: plainLine(`${id}: ${status}`) })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw pushFailure(reference, failureIn(stall.errorFor(error)).message, error)
  } finally {
    stall.end()
  }
  signal.throwIfAborted()
  if (digest === undefined) throw new Error(`The engine at ${engine.address} pushed ${reference} and named no digest`)
  report({ line: `${reference}: ${digest}` })
  return digest
}

function pushFailure(reference: string, message: string, cause: unknown): Error {
  const said = plainLine(message)
  const remedy = closed.test(said)
    ? 'Correct push or auth of dockerBuilder, or what it may write at the registry.'
    : 'Build it again when the registry answers: what was built is kept.'
  return new Error(`The image ${reference} was built and could not be pushed: ${said}. ${remedy}`, { cause })
}
