/** What tests have an engine start, whichever engine it is. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ServerSpec, StartContext } from '../../../spawners/spawner.ts'
import { noBundle } from '../no-bundle.ts'

/** An image of `test/images`; what each of them is stands there. */
export type TestImage = 'tiny' | 'jupyter' | 'plain' | 'other' | 'root' | 'dropping'

/** Builds an image of `test/images` unless it was built before, and returns its reference and archive. */
export async function imageArchive(name: TestImage): Promise<{ reference: string; archive: string }> {
  const build = fileURLToPath(new URL('../../images/build', import.meta.url))
  const { stdout } = await promisify(execFile)(build, [name])
  const [reference, archive] = stdout.trim().split(' ')
  if (reference === undefined || archive === undefined) throw new Error(`test/images/build ${name} named no image`)
  return { reference, archive }
}

/** Returns a new name of an installation, for a config file of a test. */
export const testInstallation = (): string => `carrel-test-${randomBytes(4).toString('hex')}`

/** Returns the spec of the first run of a new server. */
export function newSpec(image: string, command: string[], more: Partial<ServerSpec> = {}): ServerSpec {
  const server = randomBytes(8).toString('hex')
  const common = { course: 'demo', user: 'ann', env: {}, limits: {}, gpu: false, bundles: [] }
  return { server, run: 1, hash: `hash-${server}`, image, command, ...common, ...more }
}

/** Returns the context of a start that is never aborted and whose record always succeeds. `more` changes parts. */
export function startContext(more: Partial<StartContext> = {}): StartContext {
  return {
    signal: new AbortController().signal,
    report: () => undefined,
    record: async () => undefined,
    bundle: noBundle,
    ...more,
  }
}

/** The program of the tiny image that answers on its port. */
export const webServer = ['httpd', '-f', '-p', '8888', '-h', '/www']
