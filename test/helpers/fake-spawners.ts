/**
 * Fake spawners, with names after what goes wrong with them. Their servers live in a world that the test holds, so that
 * the world outlives every hub, even a hub that is a killed process.
 */
import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, json, text } from 'node:stream/consumers'
import type { MountedBundle } from '../../spawners/files.ts'
import {
  type FoundServer,
  type ServerKey,
  type ServerSpec,
  type ServerStatus,
  SpawnError,
  type Spawner,
  type SpawnerPlugin,
  type StartContext,
} from '../../spawners/spawner.ts'
import { type ContentsChange, changeContents, contentsAnswer, type FakeFiles } from './fake-contents.ts'
import {
  type HomeActs,
  type HomesBehaviour,
  type HomesWorld,
  homeActNames,
  homeActs,
  homesAndErrands,
} from './fakes/fake-homes.ts'
import { type FakeImages, type ImageActs, imageActNames, imageActs, imagesBy } from './fakes/fake-images.ts'
import { type MemoryActs, type MemoryWorld, memoryActs, memoryBy } from './fakes/fake-memory.ts'
import { fakeOptions } from './fakes/fake-options.ts'

/** One server of the world, in place of a container. */
export interface FakeObject extends ServerKey {
  name: string
  hash: string
  /** Whether the object was started. An object is made and started in two steps, between which a hub may die. */
  started: boolean
  url: string
  status: ServerStatus
  /** Whether the server takes requests and never answers, as a process does after SIGSTOP. */
  isFrozen?: boolean
  /** The server answers nothing before this resolves. */
  busy?: Promise<unknown>
  /** The body with which its Jupyter answers, or a number for a status. */
  kernels: unknown
  terminals: unknown
  /** The notebooks with a kernel, as its Jupyter tells them. */
  sessions: unknown
  /** The base path of the server, and its token. */
  path: string
  token: string
  env: Record<string, string>
  bundles: MountedBundle[]
  spec: ServerSpec
  /** The addresses that it was asked for, in order, each with what the request showed as its token. */
  asked: { address: string; authorization: string | undefined }[]
  listener: Server
}

export interface FakeServers extends HomesWorld, MemoryWorld {
  objects: Map<string, FakeObject>
  /** Names of the objects that were made, in order. An adopted object is made once. */
  made: string[]
  /** The calls of `stop`, each as `server-run`. */
  stops: string[]
  /** The images of this world. Without them its spawners have none. */
  images?: FakeImages | undefined
  /** Emits `made`, `started`, `asked` and `stopping` with a name, `bundle` with a digest, `making-home`, `home-made`, `home-removed` and `errand` with an id, and `bringing-image` and `image-there` with an image. */
  events: EventEmitter
  /** The archives of bundles, in base64. */
  bundles: Map<string, string>
  behaviour: Behaviour
  /** Listens for hubs in other processes, and returns the URL for `remoteSpawner`. */
  serve(): Promise<string>
  close(): Promise<void>
}

export interface Behaviour extends HomesBehaviour {
  /** Servers never answer, as if they hung. */
  isMute?: boolean
  /** `start` rejects with this. */
  startError?: Error
  /** The status of servers, which end as soon as they are started. */
  exit?: Extract<ServerStatus, { state: 'exited' }>
  /** The number of calls of `stop` that fail. */
  stopFailures?: number
  pollError?: Error
  /** `start` waits for this between making and starting. */
  beforeStart?: Promise<unknown>
  /** A bundle is there only after this. */
  beforeBundle?: Promise<unknown>
  /** `stop` waits for this before anything is removed. */
  beforeStop?: Promise<unknown>
  /** The files of every server, for Jupyter's Contents API. Without them, a server has no such API. */
  files?: FakeFiles | undefined
  /** Whether the server has the extension for shared documents. */
  sharedDocuments?: boolean
  /** What was asked with another method than GET, in order. */
  changes?: ContentsChange[]
  /** Called before such a request is carried out. A status that it returns is the answer, and nothing is done. */
  beforeChange?: (change: ContentsChange) => number | undefined
  /** Contents of these files, in base64. */
  bytes?: Record<string, string>
  /** The kernel of all notebooks. */
  kernel?: string
  /** What the server tells of its kernels. */
  kernelspecs?: unknown
  /** Returns the last lines of every server that is there. */
  prints?: () => string[] | Promise<string[]>
  /** Whether every server has Notebook's pages. */
  hasNotebook?: boolean
}

export function createFakeServers(behaviour: Behaviour = {}, images?: FakeImages): FakeServers {
  let door: Server | undefined
  const world: FakeServers = {
    objects: new Map(),
    made: [],
    stops: [],
    homes: new Map(),
    homesMade: [],
    errands: new Map(),
    clashes: [],
    events: new EventEmitter(),
    bundles: new Map(),
    images,
    memoryKills: [],
    memoryAsked: [],
    memoryUsed: new Map(),
    behaviour,
    async serve() {
      door = createServer(async (request, response) => {
        const { call, args } = (await json(request)) as { call: keyof Acts; args: never[] }
        const act: (...arguments_: never[]) => Promise<unknown> = acts(world)[call]
        const answer = await act(...args).then(
          (value: unknown) => ({ value }),
          (error: Error) => ({ error: { message: error.message, name: error.name } }),
        )
        response.end(JSON.stringify(answer))
      })
      return listen(door)
    },
    async close() {
      await Promise.all([...world.objects.values()].map((object) => closeServer(object.listener)))
      if (door !== undefined) await closeServer(door)
    },
  }
  return world
}

export const quickSpawner = (world = createFakeServers()): SpawnerPlugin =>
  pluginOf('quick', acts(world), { hasImages: world.images !== undefined })
/** Returns a spawner whose servers lose their files with each stop, as containers and pods do. */
export const forgetfulSpawner = (world: FakeServers): SpawnerPlugin =>
  pluginOf('forgetful', acts(world), { keepsFiles: false })
export const neverSpawner = (world: FakeServers): SpawnerPlugin => pluginOf('never', actsWith(world, { isMute: true }))
export const failingSpawner = (
  world: FakeServers,
  error: Error = new SpawnError('There is no room left.'),
): SpawnerPlugin => pluginOf('failing', actsWith(world, { startError: error }))
export const dyingSpawner = (world: FakeServers): SpawnerPlugin =>
  pluginOf('dying', actsWith(world, { exit: { state: 'exited', code: 3, reason: 'out of memory', lines: ['Killed'] } }))
/** Returns a spawner that waits between making and starting until `proceed` resolves. */
export const slowSpawner = (world: FakeServers, proceed: Promise<unknown>): SpawnerPlugin =>
  pluginOf('slow', actsWith(world, { beforeStart: proceed }))

/** Returns a spawner whose world is in another process. */
export function remoteSpawner(url: string, has: { hasImages?: boolean } = {}): SpawnerPlugin {
  const call =
    (name: keyof Acts) =>
    async (...args: unknown[]) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ call: name, args }) })
      const { value, error } = (await response.json()) as { value?: unknown; error?: { message: string } }
      if (error !== undefined) throw Object.assign(new Error(error.message), error)
      return value as never
    }
  const all = [...homeActNames, ...imageActNames]
  const act = {
    make: call('make'),
    begin: call('begin'),
    poll: call('poll'),
    lastLines: call('lastLines'),
    stop: call('stop'),
    list: call('list'),
    putBundle: call('putBundle'),
    listBundles: call('listBundles'),
    removeBundle: call('removeBundle'),
    killsAfter: call('killsAfter'),
    memoryOf: call('memoryOf'),
    ...(Object.fromEntries(all.map((name) => [name, call(name)])) as never as HomeActs & ImageActs),
  }
  return pluginOf('remote', act, has)
}

interface Acts extends HomeActs, ImageActs, MemoryActs {
  make(spec: ServerSpec): Promise<{ name: string; adopted: boolean }>
  begin(name: string): Promise<{ url: string }>
  poll(key: ServerKey): Promise<ServerStatus>
  lastLines(key: ServerKey): Promise<string[]>
  stop(key: ServerKey): Promise<void>
  list(): Promise<FoundServer[]>
  putBundle(digest: string, archive: string): Promise<void>
  listBundles(): Promise<string[]>
  removeBundle(digest: string): Promise<void>
}

function pluginOf(name: string, act: Acts, { keepsFiles = true, hasImages = false } = {}): SpawnerPlugin {
  return {
    name,
    homes: { enforcesSize: false },
    serverOptions: fakeOptions,
    async open(): Promise<Spawner> {
      return {
        keepsFiles,
        unreachable: 'Only this machine reaches it.',
        folderOf: ({ path }) => path,
        listen: () => ({ port: 8888 }),
        async start(spec: ServerSpec, { record, report, signal, bundle }: StartContext) {
          report({ phase: 'pulling', percent: 40, message: 'Layer 2 of 5.' })
          for (const { digest } of spec.bundles) {
            if ((await act.listBundles()).includes(digest)) continue
            const archive = await buffer((await bundle(digest)).tar())
            await act.putBundle(digest, archive.toString('base64'))
          }
          const { name: object, adopted } = await unlessAborted(act.make(spec), signal)
          signal.throwIfAborted()
          await record({ object })
          const { url } = await unlessAborted(act.begin(object), signal)
          signal.throwIfAborted()
          const image = hasImages ? await act.imageId(spec.image) : undefined
          return { url, state: { object }, adopted, ...(image && { image }) }
        },
        poll: (key) => act.poll(key),
        lastLines: (key, _state, signal) => unlessAborted(act.lastLines(key), signal),
        stop: (key, _state, { signal }) => unlessAborted(act.stop(key), signal),
        list: () => act.list(),
        bundles: { list: () => act.listBundles(), remove: (digest) => act.removeBundle(digest) },
        ...homesAndErrands(act, unlessAborted),
        ...(hasImages && { images: imagesBy(act, unlessAborted) }),
        ...memoryBy(act, unlessAborted),
      }
    },
  }
}

/** Waits for the work until the signal aborts. The work itself goes on then, as that of an engine does. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => {
    throw signal.reason
  })
  aborted.catch(() => undefined)
  try {
    return await Promise.race([work, aborted as Promise<never>])
  } finally {
    over.abort()
  }
}

function actsWith(world: FakeServers, behaviour: Behaviour): Acts {
  Object.assign(world.behaviour, behaviour)
  return acts(world)
}

function acts(world: FakeServers): Acts {
  const { objects, behaviour, events } = world
  const usersOf = (home: string) => [
    ...[...objects.values()].filter(({ spec }) => spec.home?.id === home).map(({ name }) => name),
    ...[...world.errands.values()].filter(({ spec }) => spec.home?.id === home).map(({ spec }) => spec.id),
  ]
  return {
    ...homeActs(world, events, usersOf),
    ...imageActs(world, events),
    ...memoryActs(world),
    async make(spec) {
      if (behaviour.startError !== undefined) throw behaviour.startError
      const name = `carrel-${spec.server}-${spec.run}`
      const present = objects.get(name)
      if (present !== undefined && present.hash !== spec.hash)
        throw new SpawnError('Something else has this name.', { otherSpec: true })
      if (present === undefined) {
        const users = spec.home === undefined ? [] : usersOf(spec.home.id)
        world.clashes.push(...users.map((user) => `${name} and ${user}`))
        objects.set(name, await makeObject(world, name, spec))
        world.made.push(name)
      }
      events.emit('made', name)
      return { name, adopted: present !== undefined }
    },
    async begin(name) {
      await behaviour.beforeStart
      const object = objects.get(name)
      if (object === undefined) throw new SpawnError('It was removed before it could start.')
      object.started = true
      if (behaviour.exit !== undefined) await closeServer(object.listener)
      object.status = behaviour.exit ?? { state: 'running' }
      events.emit('started', name)
      return { url: object.url }
    },
    async poll({ server, run }) {
      if (behaviour.pollError !== undefined) throw behaviour.pollError
      return objects.get(`carrel-${server}-${run}`)?.status ?? { state: 'gone' }
    },
    async lastLines({ server, run }) {
      return objects.has(`carrel-${server}-${run}`) ? await (behaviour.prints?.() ?? []) : []
    },
    async stop({ server, run }) {
      world.stops.push(`${server}-${run}`)
      events.emit('stopping', `carrel-${server}-${run}`)
      await behaviour.beforeStop
      if (behaviour.stopFailures !== undefined && behaviour.stopFailures > 0) {
        behaviour.stopFailures -= 1
        throw new Error('the engine does not answer')
      }
      for (const object of [...objects.values()]) {
        if (object.server !== server || object.run > run) continue
        objects.delete(object.name)
        await closeServer(object.listener)
      }
    },
    async list() {
      return [...objects.values()].map(({ server, run, hash, name, started }) => ({
        server,
        run,
        hash,
        name,
        running: started,
      }))
    },
    async putBundle(digest, archive) {
      events.emit('bundle', digest)
      await behaviour.beforeBundle
      world.bundles.set(digest, archive)
    },
    async listBundles() {
      return [...world.bundles.keys()]
    },
    async removeBundle(digest) {
      const isUsed = [...objects.values()].some(({ bundles }) => bundles.some((one) => one.digest === digest))
      if (!isUsed) world.bundles.delete(digest)
    },
  }
}

async function makeObject(world: FakeServers, name: string, spec: ServerSpec): Promise<FakeObject> {
  const option = spec.command.find((word) => word.startsWith('--ServerApp.base_url=')) ?? '=/'
  const object: FakeObject = {
    server: spec.server,
    run: spec.run,
    hash: spec.hash,
    name,
    started: false,
    url: '',
    status: { state: 'pending' },
    kernels: [],
    terminals: [],
    sessions: [],
    path: option.slice(option.indexOf('=') + 1),
    token: spec.env.JUPYTER_TOKEN ?? '',
    env: spec.env,
    bundles: spec.bundles,
    spec,
    asked: [],
    listener: createServer(async (request, response) => {
      const isOwner = request.headers.authorization === `token ${object.token}`
      const answers: Record<string, unknown> = {
        [`${object.path}api`]: { version: '2.21.0' },
        [`${object.path}api/kernels`]: isOwner ? object.kernels : 403,
        [`${object.path}api/terminals`]: isOwner ? object.terminals : 403,
        [`${object.path}api/sessions`]: isOwner ? object.sessions : 403,
        [`${object.path}api/kernelspecs`]: world.behaviour.kernelspecs ?? 404,
      }
      object.asked.push({ address: request.url ?? '', authorization: request.headers.authorization })
      world.events.emit('asked', name)
      await object.busy
      if (world.behaviour.isMute || object.isFrozen || !object.started) return
      const { files, hasNotebook } = world.behaviour
      const address = (request.url ?? '').slice(object.path.length)
      if (request.method !== 'GET') {
        const change = { method: request.method ?? '', address, body: await text(request) }
        world.behaviour.changes?.push(change)
        const refusal = world.behaviour.beforeChange?.(change)
        response.statusCode = refusal ?? (files && isOwner ? changeContents(files, change, world.behaviour.bytes) : 404)
        response.end('{}')
        return
      }
      const told = files && isOwner ? contentsAnswer(files, address, world.behaviour) : undefined
      if (told !== undefined) {
        response.statusCode = told.status
        response.end(told.body)
        return
      }
      if (hasNotebook && address.startsWith('notebooks/')) {
        response.end('<!doctype html>')
        return
      }
      const isSession = world.behaviour.sharedDocuments && address.startsWith('api/collaboration/session/')
      const answer = isSession ? 405 : (answers[request.url ?? ''] ?? 404)
      response.statusCode = typeof answer === 'number' ? answer : 200
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    }),
  }
  object.url = await listen(object.listener)
  return object
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
