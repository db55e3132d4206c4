/**
 * A hub that is killed: it opens the spawner of a module (first argument) with a setting (second one), begins the task of the
 * third one, says so, and waits.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import type { BundleSource, ErrandSpec, HomeSpec } from '../../../spawners/files.ts'
import type { Installation, ServerSpec, Spawner } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'

export interface HubTask {
  installation: Installation
  /** An errand that it runs. It says `running` when the errand's program has printed something. */
  errand?: ErrandSpec
  /** A server that it starts, without bundles. */
  start?: ServerSpec
  /** Homes that it makes one after the other. It says `making` when the first is made. */
  homes?: HomeSpec[]
  /** A server that it starts, whose bundle breaks off in the middle of an archive. It says `half` there. */
  half?: { server: ServerSpec; archive: string; source: Omit<BundleSource, 'tar'> }
}

// The hub waits for its end, whatever its tasks do.
setInterval(() => undefined, 1e6)

const [module = '', setting = '', json = ''] = process.argv.slice(2)
const task: HubTask = JSON.parse(json)
const spawner: Spawner = await (await import(module)).open(setting, task.installation)
const { signal } = new AbortController()

if (task.errand !== undefined) {
  const stdout = new PassThrough()
  stdout.once('data', () => say('running'))
  void spawner.errands?.run(task.errand, { signal, stdout, bundle: noBundle })
}

for (const home of task.homes ?? []) {
  await spawner.homes?.make(home, { signal })
  say('making')
}

if (task.start !== undefined) {
  const context = { signal, report: () => undefined, record: async () => undefined, bundle: noBundle }
  await spawner.start(task.start, context)
}

if (task.half !== undefined) {
  const { server, archive, source } = task.half
  const { size } = await stat(archive)
  const half = async function* () {
    yield* createReadStream(archive, { end: Math.floor(size / 2) })
    say('half')
    await new Promise<never>(() => undefined)
  }
  await spawner.start(server, {
    ...{ signal, report: () => undefined, record: async () => undefined },
    bundle: async () => ({ ...source, tar: () => Readable.from(half()) }),
  })
}

function say(word: string): void {
  process.stdout.write(`${word}\n`)
}
