/** The error of a repository of which no image can be made. Each line of the message names a file and a remedy. */
export class RecipeError extends Error {
  override name = 'RecipeError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const longest = 60

/** Returns a text of a repository for a message: quoted, on one line, and not long. Pure. */
export function quotedShort(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd').toWellFormed()
  const short = plain.length > longest ? `${plain.slice(0, longest).toWellFormed()}…` : plain
  return `"${short.replaceAll('"', "'")}"`
}
