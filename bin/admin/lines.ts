/** Lines in the answers of a hub, and lines for the person at the terminal. */
import type { Readable } from 'node:stream'
import type { z } from 'zod'

const longestLine = 2 ** 20

/** Yields the lines of an answer as they come. */
export async function* linesOf(answer: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) throw new Error('the answer is not understood: it has a line without an end')
    yield* lines
  }
}

/** Returns what an answer holds. Throws in words for people where that is something else. */
export function understood<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  throw new Error('the answer is not understood. Is this the address of a hub of this version?')
}

/** Returns a text without characters that a terminal would act on. */
export function shown(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a line for each field that has a value: `last used: …`. */
export function printFields(fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields))
    if (value !== null) print(`${name.replaceAll('_', ' ')}: ${shown([value].flat().join(', ')) || '-'}`)
}
