/** Variables of servers whose values are read from files at each start, so that no config, row or label has them. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { SpawnError } from '../spawner.ts'

/** Bytes that a value may have. */
const longest = 65_536

/** The names of variables, and for each of them an absolute file of the hub's machine. */
export const secretEnvSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the name of a variable, like API_KEY'),
  z
    .string()
    .regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'is an absolute file of the hub’s machine, like /etc/carrel/api-key'),
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
    return await readFileOf(path)
  } catch (error) {
    throw new SpawnError('A secret of this course cannot be read.', {
      detail: `the file ${path} of the variable ${name}: ${(error as Error).message}`,
      cause: error,
      lasts: true,
    })
  }
}

async function readFileOf(path: string): Promise<string> {
  // A pipe in the file's place would otherwise block the hub.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return await textOf(file)
  } finally {
    await file.close()
  }
}

async function textOf(file: FileHandle): Promise<string> {
  if (!(await file.stat()).isFile()) throw new Error('it is no file')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(longest + 1), 0, longest + 1, 0)
  if (bytesRead > longest) throw new Error(`it has more than ${longest} bytes`)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead))
  if (text.includes('\0')) throw new Error('it has a zero byte')
  return text.replace(/\r?\n$/, '')
}
