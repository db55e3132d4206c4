import { Script } from 'node:vm'

/** A pattern that takes exponential time would stop the hub for all, and operators do not see that a pattern is one. */
const mostMilliseconds = 50

/** A machine that has no time for this thread ends a try before it has had that long. */
const mostTries = 20

const script = new Script('pattern.test(text)')

/** Returns whether the whole text has the form of a pattern. What takes too long has not. */
export function matches(pattern: string, text: string): boolean {
  const began = usedMilliseconds()
  for (let tries = 0; tries < mostTries && usedMilliseconds() - began < mostMilliseconds; tries += 1) {
    try {
      return script.runInNewContext({ pattern: whole(pattern), text }, { timeout: mostMilliseconds }) === true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    }
  }
  return false
}

/** Returns the time of a core that this thread has used, however much others have had meanwhile. */
function usedMilliseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Returns what is wrong with a pattern itself. */
export function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'v')
    whole(pattern)
    return undefined
  } catch (error) {
    return `is no regular expression as browsers read the pattern of a field, where ( ) [ ] { } / - | in square brackets take a \\ before them: ${(error as Error).message}`
  }
}

/** Browsers read a pattern of a field in the same way. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'v')
}
