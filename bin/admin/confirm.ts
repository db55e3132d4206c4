/** Asks before a command does something to more than it was told by name. */
import { createInterface } from 'node:readline/promises'
import { UsageError } from '../options.ts'

export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean }
  /** Where the question goes. Never where the answer of the command goes. */
  output: NodeJS.WritableStream
}

/** Returns whether a person at the terminal says yes. Throws a `UsageError` where there is none: scripts say --yes. */
export async function isConfirmed(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (input.isTTY !== true) throw new UsageError(`${question} Nothing was done: repeat it with --yes if you mean that`)
  const editor = createInterface({ input, output, terminal: true })
  // The end of the input is no answer, and would be waited for.
  const end = new AbortController()
  editor.once('close', () => end.abort())
  try {
    const answer = await editor.question(`${question} [y/N] `, { signal: end.signal })
    return /^\s*y(es)?\s*$/i.test(answer)
  } catch (error) {
    if (!end.signal.aborted) throw error
    output.write('\n')
    return false
  } finally {
    editor.close()
  }
}
