/** Runs a program in a container that runs already. */
import type { Exec } from 'dockerode'
import { frames, keptBytes, linesIn } from '../attach.ts'
import { inspect } from '../containers.ts'
import { type Engine, EngineError, type RequestTimes, refusedWith, until } from '../engine.ts'

export interface Inside {
  command: string[]
  /** The user as which it runs, where that is not the container's own. */
  user?: string | undefined
}

/** The end of a program: its exit code, and its last lines where they were read. */
export interface InsideEnd {
  code: number
  lines: string[]
}

/** The exit code of a program that was ended by the kernel or the engine. */
const killed = 137
/** Seconds within which a container has ended whose end has ended a program in it. */
const secondsToEnd = 2
/** Seconds for which a program that another hub has begun is waited for at most, without a signal. */
const longestWait = 3600

/**
 * Runs a program in a container, and resolves with its end; undefined when the container does not run, or has ended meanwhile.
 * The same program that another hub has begun and that still runs is waited for instead. One that has ended the engine lists
 * no more, so it runs again.
 */
export async function runInside(
  engine: Engine,
  id: string,
  inside: Inside,
  times: RequestTimes,
): Promise<InsideEnd | undefined> {
  try {
    const known = await findRunning(engine, id, inside, times)
    const exec = known ?? (await begin(engine, id, inside, times))
    const lines = known === undefined ? await outputOf(engine, exec, times) : []
    const end = await endOf(engine, exec, lines, times)
    return end.code !== 0 && (await hasEnded(engine, id, end, times)) ? undefined : end
  } catch (error) {
    times.signal?.throwIfAborted()
    const found = await inspect(engine, id, times)
    if (found?.State.Running !== true) return undefined
    if (isNoProgram(error)) return { code: 127, lines: [(error as Error).message] }
    throw error
  }
}

/** Says whether a container has ended, which ends all programs in it. The engine sees that of the program first. */
async function hasEnded(engine: Engine, id: string, { code }: InsideEnd, times: RequestTimes): Promise<boolean> {
  const ended = await until(code === killed ? secondsToEnd : 0, async () => {
    const found = await inspect(engine, id, times)
    return found?.State.Running === true ? undefined : true
  })
  return ended ?? false
}

/** Returns the same program, where another hub has begun it in this container and it still runs. */
async function findRunning(
  engine: Engine,
  id: string,
  { command }: Inside,
  times: RequestTimes,
): Promise<Exec | undefined> {
  const { ExecIDs } = (await inspect(engine, id, times)) ?? {}
  for (const known of (ExecIDs as string[] | null | undefined) ?? []) {
    const exec = engine.docker.getExec(known)
    const found = await stateOf(engine, exec, times)
    const config = found?.ProcessConfig
    if (found?.Running !== true || config === undefined) continue
    if (JSON.stringify([config.entrypoint, ...config.arguments]) === JSON.stringify(command)) return exec
  }
  return undefined
}

async function begin({ docker, request }: Engine, id: string, { command, user }: Inside, times: RequestTimes) {
  const wanted = { Cmd: command, AttachStdout: true, AttachStderr: true, ...(user !== undefined && { User: user }) }
  return request(`make a program in ${id}`, (to) => docker.getContainer(id).exec({ ...wanted, ...to }), times)
}

/** Starts the program and returns its last lines when its output has ended. */
async function outputOf({ request }: Engine, exec: Exec, times: RequestTimes): Promise<string[]> {
  const stream = await request(`start a program in a container`, (to) => exec.start({ hijack: true, ...to }), times)
  const onAbort = () => stream.destroy()
  times.signal?.addEventListener('abort', onAbort, { once: true })
  let tail = Buffer.alloc(0)
  try {
    for await (const { bytes } of frames(stream)) tail = Buffer.concat([tail, bytes]).subarray(-keptBytes)
  } catch (error) {
    times.signal?.throwIfAborted()
    throw new EngineError(`the output of a program broke off: ${(error as Error).message}`, undefined, error)
  } finally {
    times.signal?.removeEventListener('abort', onAbort)
    stream.destroy()
  }
  times.signal?.throwIfAborted()
  return linesIn(tail)
}

async function endOf(engine: Engine, exec: Exec, lines: string[], times: RequestTimes): Promise<InsideEnd> {
  const code = await until(longestWait, async () => {
    times.signal?.throwIfAborted()
    const found = await stateOf(engine, exec, times)
    if (found === undefined) throw new EngineError('the engine has forgotten a program', undefined, undefined)
    return found.Running ? undefined : (found.ExitCode ?? undefined)
  })
  if (code === undefined) throw new EngineError('a program in a container does not end', undefined, undefined)
  return { code, lines }
}

async function stateOf({ request }: Engine, exec: Exec, times: RequestTimes) {
  try {
    return await request(`look at a program in a container`, (to) => exec.inspect(to), times)
  } catch (error) {
    if (refusedWith(error, 404)) return undefined
    throw error
  }
}

function isNoProgram(error: unknown): boolean {
  return error instanceof EngineError && /exec failed|executable file not found|no such file/i.test(error.message)
}
