/** Returns the code of a system error, such as `ENOENT`; undefined for an error without one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Returns a handler for `catch`, which resolves with undefined for errors with these codes and rejects for others. */
export function undefinedIf(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error) ?? '')) throw error
  }
}

/** Returns an error as one line of a log. Errors of several addresses at once have a code and no message. */
export function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message.replace(/\s+/g, ' ') || (codeOf(error) ?? error.name)
}
