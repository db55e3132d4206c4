/** What all parts of the contract suite of files use: a world, a spawner, and short ways to servers and errands. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ErrandEnd, ErrandSpec, HomeSpec, Homes, MountedHome } from '../../../spawners/files.ts'
import type { Installation, ServerSpec, Spawner, StartContext } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { until } from '../../helpers/until.ts'
import { statusOf } from '../contract.ts'
import type { HubTask } from './hub-process.ts'
import type { FilesWorld, ImageName } from './world.ts'

export type FilesSuite = ReturnType<typeof newFilesSuite>

export interface ServerOptions
  extends Partial<Pick<ServerSpec, 'home' | 'bundles' | 'links' | 'server' | 'run' | 'env'>> {
  image?: ImageName
  context?: Partial<StartContext>
  by?: Spawner
}

export interface ErrandOptions extends Partial<Omit<ErrandSpec, 'image' | 'command'>> {
  image?: ImageName
  stdin?: Readable
  stdout?: Writable
  signal?: AbortSignal
  bundle?: StartContext['bundle']
  by?: Spawner
}

export const never = new AbortController().signal

export function newFilesSuite() {
  let world: FilesWorld
  let spawner: Spawner
  const installation: Installation = { name: 'carrel-test', id: randomId() }
  const opened: Spawner[] = []
  const hubs: ChildProcess[] = []

  async function open(as: Installation = installation): Promise<Spawner> {
    const one = await world.open(as)
    opened.push(one)
    return one
  }

  /** Removes all that the spawners of the suite have: a home that a test leaves must not be in the next one's list. */
  async function tidy(): Promise<void> {
    for (const hub of hubs.splice(0)) hub.kill('SIGKILL')
    for (const one of opened) {
      await Promise.all((await one.list()).map((key) => one.stop(key, undefined, { graceSeconds: 0 })))
      await Promise.all(((await one.errands?.list()) ?? []).map(({ id }) => one.errands?.end(id)))
      await Promise.all(((await one.homes?.list()) ?? []).map(({ id, state }) => one.homes?.remove(id, state)))
      await Promise.all(((await one.bundles?.list()) ?? []).map((digest) => one.bundles?.remove(digest)))
    }
  }

  async function newHome(more: Partial<HomeSpec & Pick<MountedHome, 'fromImage'>> = {}): Promise<MountedHome> {
    const { fromImage = false, ...spec } = more
    const home = { id: randomId(), account: 'password/ann', course: 'demo', ...spec }
    const state = await homesOf(spawner).make(home, { signal: never })
    return { id: home.id, state, path: world.path, fromImage }
  }

  /** Starts a server that runs a script and then works, and resolves when it answers. */
  async function serve(script: string, { image = 'plain', context, by = spawner, ...more }: ServerOptions = {}) {
    const key = { server: more.server ?? randomId(), run: more.run ?? 1 }
    const spec: ServerSpec = {
      ...{ hash: `hash-${key.server}`, course: 'demo', user: 'ann', env: {}, limits: {}, gpu: false, bundles: [] },
      ...{
        image: world.images[image],
        command: ['sh', '-c', `${script}\nexec "$@"`, 'sh', ...world.working(by.listen(key))],
      },
      ...{ ...key, ...more },
    }
    const { url, state } = await by.start(spec, {
      ...{ signal: never, report: () => undefined, record: async () => undefined, bundle: noBundle },
      ...context,
    })
    const ask = world.statusOf ?? statusOf
    await until(async () => (await ask(url).catch(() => 0)) === 200, `${url} to answer`)
    return { ...spec, state, stop: () => by.stop(key, state, { graceSeconds: 2 }) }
  }

  /** Runs a script as an errand, to its end. */
  async function errand(script: string, options: ErrandOptions = {}): Promise<ErrandEnd> {
    const { image = 'plain', stdin, stdout, signal = never, bundle = noBundle, by = spawner, ...more } = options
    const spec = { id: randomId(), image: world.images[image], command: ['sh', '-c', script], bundles: [], limits: {} }
    return errandsOf(by).run(
      { ...spec, ...more },
      { signal, bundle, ...(stdin && { stdin }), ...(stdout && { stdout }) },
    )
  }

  /** Runs a script as an errand that must succeed, and returns what it prints. */
  async function said(script: string, options: ErrandOptions = {}): Promise<string> {
    const stdout = new PassThrough()
    const output = text(stdout)
    const { code, lines } = await errand(script, { ...options, stdout })
    stdout.end()
    assert.equal(code, 0, lines.join('\n'))
    return output
  }

  /** Starts a hub as a process of its own, and resolves with its next lines. It is killed by `kill`. */
  function hub(task: Omit<HubTask, 'installation'>) {
    const { module, setting } = world.hub
    const args = [
      join(import.meta.dirname, 'hub-process.ts'),
      module,
      setting,
      JSON.stringify({ ...task, installation }),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    hubs.push(child)
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      says: async (word: string) => assert.equal((await lines.next()).value, word),
      async kill() {
        const over = once(child, 'exit')
        child.kill('SIGKILL')
        await over
      },
    }
  }

  return {
    world: () => world,
    spawner: () => spawner,
    homes: () => homesOf(spawner),
    errands: () => errandsOf(spawner),
    bundles: () => bundlesOf(spawner),
    installation,
    ...{ open, newHome, serve, errand, said, hub, tidy },

    async begin(made: FilesWorld): Promise<void> {
      world = made
      spawner = await open()
    },

    async end(): Promise<void> {
      for (const one of opened) await one.close?.()
      await world?.close?.()
    },
  }
}

export function randomId(): string {
  return randomBytes(8).toString('hex')
}

export function isSpawnError(error: unknown): true {
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'SpawnError', String(error.stack))
  assert.match(error.message, /\w+ \w+/)
  return true
}

/** Returns a text as one word of a shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function homesOf({ homes }: Spawner): Homes {
  assert.ok(homes)
  return homes
}

function errandsOf({ errands }: Spawner) {
  assert.ok(errands)
  return errands
}

function bundlesOf({ bundles }: Spawner) {
  assert.ok(bundles)
  return bundles
}
