import { z } from 'zod'
import { SpawnError } from '../../spawners/spawner.ts'
import { kept } from '../../words/kept.ts'
import { keyOf } from '../db/servers/server-states.ts'
import type { Hub } from '../hub.ts'
import { callHook, inOneLine, logged, readAnswer, reasonOf } from './call.ts'
import { hookRun, type RunParts } from './run.ts'

/** Thrown where the hook before a start has refused it or has failed, for which no spawner is to blame. */
export class HookError extends SpawnError {
  /** What the metrics call it. */
  readonly why: 'refused' | 'hook'
  constructor(why: HookError['why'], message: string, more: { detail?: string } = {}) {
    super(message, more)
    this.why = why
  }
}

/** Names by which the hub itself speaks to servers, or to which a server of ours owes its place. */
const reserved = /^(JUPYTERHUB_.*|JPY_.*|CARREL_.*|JUPYTER_TOKEN|JUPYTER_CONFIG_PATH|JUPYTER_RUNTIME_DIR)$/i

const most = { variables: 100, bytes: 32_768, refusal: 300 }

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'is no name of a variable')
  .refine((text) => !reserved.test(text), 'is a name that the hub itself uses')

const value = z
  .string('is no text')
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'has characters that no variable can have')
  .refine((text) => Buffer.byteLength(text) <= most.bytes, `is longer than ${most.bytes} bytes`)

const answerSchema = z.strictObject({
  env: z
    .record(name, value)
    .refine((env) => Object.keys(env).length <= most.variables, `has more than ${most.variables} variables`)
    .optional(),
})

/** How long a learner waits before being told for what. */
const quietMilliseconds = 1000
const waiting = kept`The site prepares your notebook.`

/** Returns for how long the hook may keep a start, in milliseconds. */
export function beforeStartMilliseconds({ config: { hooks } }: Pick<Hub, 'config'>): number {
  return hooks?.beforeStart === undefined ? 0 : hooks.timeoutSeconds * 1000
}

/**
 * Calls the hook before a start, if the config has one, and returns the variables that it gives the run. `tell` shows what
 * the learner waits for, and nothing any more. Rejects with a `HookError` when the start is refused or the hook fails, and
 * with the signal's reason when that aborts.
 */
export async function askBeforeStart(
  hub: Hub,
  run: RunParts,
  signal: AbortSignal,
  tell: (message: string | null) => Promise<void>,
): Promise<Record<string, string>> {
  const { hooks } = hub.config
  if (hooks?.beforeStart === undefined) return {}
  const { beforeStart, timeoutSeconds: seconds } = hooks
  let told: Promise<void> | undefined
  const timer = setTimeout(() => {
    told = tell(waiting)
    told.catch(() => undefined)
  }, quietMilliseconds)
  const call = async () => {
    try {
      const asked = hookRun(hub, run)
      const start = (over: AbortSignal) => beforeStart({ ...asked, signal: over })
      return readAnswer('beforeStart', answerSchema, await callHook('beforeStart', start, { signal, seconds }))
    } catch (error) {
      signal.throwIfAborted()
      throw hookError(hub, run, error)
    } finally {
      clearTimeout(timer)
    }
  }
  const answer = await call()
  if (told !== undefined) {
    await told
    await tell(null)
  }
  return answer?.env ?? {}
}

function hookError(hub: Hub, { server }: RunParts, error: unknown): HookError {
  if (error instanceof Error && error.name === 'StartRefused') {
    const message = inOneLine(String(error.message), most.refusal)
    return new HookError('refused', message || kept`This notebook may not be started now.`)
  }
  hub.log.error({ ...keyOf(server), hook: 'beforeStart', ...logged(error) }, 'a hook of the config has failed')
  return new HookError('hook', kept`The site could not prepare your notebook.`, {
    detail: `hooks.beforeStart: ${reasonOf(error)}`,
  })
}
