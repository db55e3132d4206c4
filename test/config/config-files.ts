/** Writes config files for tests, each into a folder of its own kind, and returns what the loader says about them. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, loadConfig } from '../../config/load.ts'

export interface ConfigFiles {
  write(text: string): Promise<string>
  /** Returns the problems of a file with this text, without the lines of settings. */
  problemsOf(text: string): Promise<string[]>
  /** Returns the problems as people see them. */
  whole(text: string): Promise<string[]>
  clear(): Promise<void>
}

/** Returns a problem without the line of its setting. */
export function withoutLine(problem: string): string {
  return problem.replace(/^(.+?), line \d+: (?!options?\b)/, '$1: ')
}

/** The beginning of a config file whose constant `fine` has all that a config needs. */
export const header = `
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'
import { dockerSpawner } from 'carrel/spawners/docker'
import { kubernetesSpawner } from 'carrel/spawners/kubernetes'
import { lms } from 'carrel/authenticators/lms'
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
const fine = { spawner: processSpawner(), authenticators: [temporary()], courses: { Demo: { image: '' } } }
`

export async function makeConfigFiles(): Promise<ConfigFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-config-'))
  // Node caches modules by name, so each file has a name of its own.
  let count = 0
  async function write(text: string): Promise<string> {
    const file = join(folder, `${count++}.config.ts`)
    await writeFile(file, text)
    return file
  }
  async function whole(text: string): Promise<string[]> {
    const file = await write(text)
    const error: unknown = await loadConfig(file).then(
      () => assert.fail('the config was taken'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
  return {
    write,
    whole,
    async problemsOf(text) {
      return (await whole(text)).map(withoutLine)
    },
    clear: () => rm(folder, { recursive: true }),
  }
}
