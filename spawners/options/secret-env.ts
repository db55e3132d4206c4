/** Variables of servers whose values are read from files at each start, so that no config, row or label has them. */
import { z } from 'zod'
import { SpawnError } from '../spawner.ts'
import { hubFile, readHubFile } from './hub-file.ts'

/** The names of variables, and for each of them an absolute file of the hub's machine. */
export const secretEnvSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the name of a variable, like API_KEY'),
  hubFile,
)

export type SecretEnv = z.output<typeof secretEnvSchema>

/**
 * Returns the variables with their values: each is the text of its file without one newline at the end. Rejects with a
 * `SpawnError` that names the file, and never what is in it.
 */
export async function readSecretEnv(files: SecretEnv): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(files).map(async ([name, file]) => [name, await readOne(name, file)] as const),
  )
  return Object.fromEntries(entries)
}

/** Returns why values cannot be read, a sentence for each; none is kept. */
export async function secretEnvProblems(files: SecretEnv): Promise<string[]> {
  const ends = await Promise.allSettled(Object.entries(files).map(([name, file]) => readOne(name, file)))
  return ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as SpawnError).detail ?? ''] : []))
}

async function readOne(name: string, path: string): Promise<string> {
  try {
    return (await readHubFile(path)).replace(/\r?\n$/, '')
  } catch (error) {
    throw new SpawnError('A secret of this course cannot be read.', {
      detail: `the file ${path} of the variable ${name}: ${(error as Error).message}`,
      cause: error,
      lasts: true,
    })
  }
}
