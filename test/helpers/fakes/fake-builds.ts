/**
 * A repository and a builder that only pretend, in a world that the test holds. Like a fake spawner's, the world can be in
 * another process than the hub, so that it outlives a hub that is killed.
 */
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import type { Git, GitCommit, GitFile } from '../../../git/git.ts'
import type { Builder, BuildProgress, BuiltImage } from '../../../spawners/builder.ts'
import type { BuilderPlugin } from '../../../spawners/spawner.ts'

export interface FakeBuilds {
  /** The commit that the repository's ref names now, and its Dockerfile. */
  commit: string
  dockerfile: string
  /** What was built, by name, and how often each was made. */
  images: Map<string, { id: string; at: number }>
  made: string[]
  /** What every build prints. */
  progress: BuildProgress[]
  /** A build waits for this before it is made, and a fetch before it ends. */
  midway?: Promise<unknown> | undefined
  beforeFetched?: Promise<unknown> | undefined
  /** Building and fetching reject with this. */
  buildError?: Error | undefined
  gitError?: Error | undefined
  /** How often the repository was asked. */
  asked: number
  /** Names of images that a container was made from. */
  inUse: Set<string>
  /** Emits `fetching` with a commit, and `building` and `built` with a name. */
  events: EventEmitter
}

export const commitOf = (text: string) => createHash('sha1').update(text).digest('hex')

export function createFakeBuilds(): FakeBuilds {
  return {
    commit: commitOf('first'),
    dockerfile: 'FROM fake\n',
    images: new Map(),
    made: [],
    progress: [{ step: 1, steps: 2 }, { line: 'Step 1/2' }, { step: 2, steps: 2 }, { line: 'Step 2/2' }],
    asked: 0,
    inUse: new Set(),
    events: new EventEmitter(),
  }
}

interface Acts {
  resolve(): Promise<string>
  fetch(commit: string): Promise<GitCommit>
  read(): Promise<string>
  find(name: string): Promise<{ id: string } | undefined>
  build(name: string): Promise<{ id: string; progress: BuildProgress[] }>
  list(): Promise<{ name: string; at: number }[]>
  remove(name: string): Promise<boolean>
}

function actsOf(world: FakeBuilds): Acts {
  return {
    async resolve() {
      world.asked += 1
      if (world.gitError !== undefined) throw world.gitError
      return world.commit
    },
    async fetch(commit) {
      world.events.emit('fetching', commit)
      await world.beforeFetched
      return { commit, at: 0, subject: `the subject of ${commit.slice(0, 6)}`, left: [] }
    },
    read: async () => world.dockerfile,
    find: async (name) => world.images.get(name),
    async build(name) {
      world.events.emit('building', name)
      await world.midway
      if (world.buildError !== undefined) throw world.buildError
      let image = world.images.get(name)
      if (image === undefined) {
        image = { id: `sha256:${createHash('sha256').update(name).digest('hex')}`, at: Date.now() }
        world.images.set(name, image)
        world.made.push(name)
      }
      world.events.emit('built', name)
      return { id: image.id, progress: world.progress }
    },
    list: async () => [...world.images].map(([name, { at }]) => ({ name, at })),
    async remove(name) {
      return !world.inUse.has(name) && (world.images.delete(name) || true)
    },
  }
}

/** Listens for hubs in other processes, and returns the URL for `remoteBuilds`. */
export async function serveBuilds(world: FakeBuilds): Promise<{ url: string; close(): Promise<void> }> {
  const door: Server = createServer(async (request, response) => {
    const { call, args } = (await json(request)) as { call: keyof Acts; args: never[] }
    const act: (...given: never[]) => Promise<unknown> = actsOf(world)[call]
    const answer = await act(...args).then(
      (value: unknown) => ({ value }),
      (error: Error) => ({ error: { message: error.message, name: error.name } }),
    )
    response.end(JSON.stringify(answer))
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const close = async () => {
    door.closeAllConnections()
    door.close()
    await once(door, 'close')
  }
  return { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, close }
}

/** Returns git and builder of a world in this process. */
export const fakeBuilds = (world: FakeBuilds) => partsOf(actsOf(world))

/** Returns git and builder of a world in another process. */
export function remoteBuilds(url: string): { git: Git; builder: BuilderPlugin } {
  const call =
    (name: keyof Acts) =>
    async (...args: unknown[]) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ call: name, args }) })
      const { value, error } = (await response.json()) as { value?: unknown; error?: { message: string; name: string } }
      if (error !== undefined) throw Object.assign(new Error(error.message), error)
      return value as never
    }
  const names = ['resolve', 'fetch', 'read', 'find', 'build', 'list', 'remove'] as const
  return partsOf(Object.fromEntries(names.map((name) => [name, call(name)])) as never as Acts)
}

function partsOf(act: Acts): { git: Git; builder: BuilderPlugin } {
  const file: GitFile = { path: 'Dockerfile', blob: 'd', bytes: 10, kind: 'file' }
  const git: Git = {
    resolve: (_source, { signal }) => unlessAborted(act.resolve(), signal),
    fetch: (_source, { commit, signal }) => unlessAborted(act.fetch(commit ?? ''), signal),
    list: async () => [file, { ...file, path: 'part/Dockerfile' }],
    read: async () => Buffer.from(await act.read()),
    archive() {
      const packing = pack()
      packing.entry({ name: 'Dockerfile' }, 'FROM fake\n')
      packing.finalize()
      return Readable.from(packing)
    },
    keep: async () => undefined,
    close: async () => undefined,
  }
  const referenceOf = (name: string) => `fake.invalid/${name}`
  const builder: Builder = {
    referenceOf,
    async find(name) {
      const found = await act.find(name)
      return found && { reference: referenceOf(name), id: found.id }
    },
    async build({ name, files }, { signal, report }): Promise<BuiltImage> {
      for await (const _ of files()) signal.throwIfAborted()
      report({ phase: 'building' })
      const { id, progress } = await unlessAborted(act.build(name), signal)
      for (const one of progress) report(one)
      return { reference: referenceOf(name), id }
    },
    base: async (image) => ({ image, id: 'sha256:base', user: '1000', folder: '/', entrypoint: [], command: [] }),
    list: async () => (await act.list()).map(({ name, at }) => ({ name, at, bytes: 1 })),
    remove: (name) => act.remove(name),
  }
  return { git, builder: { name: 'fake', open: async () => builder } }
}

/** Waits for the work until the signal aborts. The work itself goes on then, as that of an engine may. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
