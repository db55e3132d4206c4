import { createContext, Script } from 'node:vm'

/**
 * Milliseconds that all patterns have together which one request, or the reading of one course, needs. A pattern that takes
 * exponential time would stop the hub for all, and the people who write patterns do not see that one is such.
 */
const mostMilliseconds = 50

/** A machine that has no time for this thread ends a try before it has had that long. */
const mostTries = 20

const script = new Script('texts.some((text) => pattern.test(text))')
const context = createContext({})

/** What is left of the time of patterns. */
export interface PatternTime {
  /** Returns whether the whole text has the form of a pattern, or that there was no time to find it out. */
  match(pattern: string, text: string): 'matches' | 'differs' | 'no time'
  /** Returns whether a pattern soon has an answer for texts with which bad ones take long. */
  isQuick(pattern: string): boolean
}

/** Returns the time for the patterns of one request, or of one course. */
export function startPatternTime(): PatternTime {
  let left = mostMilliseconds

  /** Returns whether a pattern matches one of the texts; undefined where there was no time. */
  function tried(pattern: string, texts: readonly string[]): boolean | undefined {
    Object.assign(context, { pattern: whole(pattern), texts })
    for (let tries = 0; tries < mostTries && left > 0; tries += 1) {
      const began = usedMilliseconds()
      try {
        return script.runInContext(context, { timeout: Math.ceil(left) }) === true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      } finally {
        left -= usedMilliseconds() - began
      }
    }
    return undefined
  }

  return {
    match(pattern, text) {
      const found = tried(pattern, [text])
      return found === undefined ? 'no time' : found ? 'matches' : 'differs'
    },
    isQuick: (pattern) => tried(pattern, slowTexts(pattern)) !== undefined,
  }
}

const mostSigns = 16
const repeats = 40

/** Returns texts that nearly match: a sign of the pattern again and again, and then one that it has not. */
function slowTexts(pattern: string): string[] {
  const signs = new Set(['a', '0', ...(pattern.match(/[\p{L}\p{N}]/gu) ?? [])])
  return [...signs].slice(0, mostSigns).map((sign) => `${sign.repeat(repeats)}\n`)
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
