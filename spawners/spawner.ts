/**
 * The contract of a spawner: how notebook servers are started, watched and stopped somewhere.
 *
 * The author of a spawner reads this file, `files.ts` for what servers find in their folders, `images.ts` for images
 * that are there before learners come, and `builder.ts` for images made of a repository. The config file calls a factory
 * (`dockerSpawner({ … })`) and gets a `SpawnerPlugin`; each hub opens it once. Only plain data crosses this border: no
 * database row, no web request, nothing of the hub. Every implementation passes `test/spawners/contract.ts`.
 *
 * A **run** is one start of one server. The number of the run rises with every start and is part of every name that a
 * spawner gives. So two hubs that both believe that they own a start never work on one object, and neither do a start
 * and the sweep.
 */

import type { Builder } from './builder.ts'
import type {
  BundleSource,
  Bundles,
  Errands,
  Homes,
  Limits,
  MountedBundle,
  MountedHome,
  MountedLinks,
  SpawnerState,
} from './files.ts'
import type { Images } from './images.ts'

/** The value that a factory returns to the config file. The factory itself opens no connection, file or process. */
export interface SpawnerPlugin {
  /** The kind of spawner, as logs and health answers name it: `process`, `docker`, `kubernetes`. */
  readonly name: string
  /**
   * The error with which the factory refuses its options. Nothing else of the plug-in is used then, and no hub starts. An
   * error with `issues`, as one of zod, is told issue by issue. A factory may also throw its error; but a config file that
   * throws has no value, so that its other problems are told only when this one is mended.
   */
  readonly refusal?: Error
  /** Returns the options for `carrel config show`, which hides texts under names such as `password`. */
  settings?(): PluginSettings
  /** False when servers may take all that the machine has, whatever a course says. No default limit is set then. */
  readonly enforcesLimits?: boolean
  /** What is known of homes before the spawner is opened. Without it no course may have a home. */
  readonly homes?: {
    /** Whether the storage refuses more than a home's `size`. Where it does not, each start warns of courses that say one. */
    enforcesSize: boolean
  }
  /** Whether the opened spawner has a `builder`. */
  readonly builds?: boolean
  /** The options that may differ from server to server. Without it every server has the factory's options. */
  readonly serverOptions?: ServerOptions
  /**
   * Looks whether servers of these courses could start. Starts, makes, fetches and changes nothing, and needs no hub. A
   * course of which nothing can be told is `unknown`, or is left out. Rejects only when nothing could be looked at.
   */
  check?(context: CheckContext): Promise<Look[]>
  /** Prepares what must exist before any hub runs (an environment, an image), and reports progress to a person. */
  prepare?(context: PrepareContext): Promise<void>
  /** Opens the spawner for one hub. Rejects when it cannot work in this setting; the message names the remedy. */
  open(context: OpenContext): Promise<Spawner>
}

/** The value of a builder's factory, as a spawner's. It makes images at another place than the spawner's own. */
export interface BuilderPlugin {
  /** The kind of builder, as logs name it. */
  readonly name: string
  readonly refusal?: Error
  settings?(): PluginSettings
  /** URLs of the builder's engine. No server may reach them; `carrel doctor` tries it from inside servers. */
  readonly controlUrls?: string[]
  /** Opens the builder for one hub. Rejects when it cannot work in this setting; the message names the remedy. */
  open(context: OpenContext): Promise<Builder>
}

/** The options of a plug-in. */
export interface PluginSettings {
  /** As the config file gives them. */
  given: unknown
  /** As they hold, with defaults. */
  effective: unknown
}

/**
 * The options of the factory that a course, a rule or a choice may say for some servers, each in place of the factory's
 * own as a whole: a list or a record is replaced, not joined.
 */
export interface ServerOptions {
  /** The names of these options, as the factory has them. */
  readonly names: readonly string[]
  /** The names of options about programs beside the server's own, on which the server's limits do not depend. Default: none. */
  readonly beside?: readonly string[]
  /** Returns what is wrong with such options, each problem with its path in them. Pure. */
  problems(options: Record<string, unknown>): { path: (string | number)[]; message: string }[]
}

export interface CheckContext {
  courses: readonly CheckedCourse[]
  /** Whether the engine, the cluster and registries may be asked. Without that, only files of this machine are read. */
  ask: boolean
  signal: AbortSignal
}

/** A course as far as a look needs it. */
export interface CheckedCourse {
  name: string
  /** The image as the course names it. Absent for one that the hub builds: only a hub knows whether that is there. */
  image?: string | undefined
  /** The file of the course that opens when a link names none. */
  start?: string | undefined
  /** Whether its learners have homes, and files of the image come into them. */
  home?: { from?: 'image' | undefined } | undefined
  /** The server options of the course. Default: none. */
  options?: Record<string, unknown> | undefined
  /** The program that its servers start, with arguments that may have placeholders. Absent where that is not known. */
  command?: string[] | undefined
  /** The variables of its servers. */
  env?: Record<string, string> | undefined
}

/** One result of a look. */
export interface Look {
  /** The name of the course that it is about; absent for the spawner itself. */
  course?: string
  verdict: 'ok' | 'problem' | 'unknown'
  /** What was found, for an operator: for a problem with its remedy, for something unknown with the reason. */
  message: string
}

export interface PrepareContext {
  /** The folder in which this installation keeps its files. */
  dataDir: string
  /** Prints one line for the person at the terminal. */
  report(line: string): void
  signal: AbortSignal
}

export interface OpenContext {
  installation: Installation
  dataDir: string
  /** The public origin of the hub's pages; `serversUrl` is that of the learners' servers. */
  hubUrl: string
  serversUrl: string
  /** Prints a warning that an operator should read at start. */
  warn(message: string): void
}

/** The owner of an object. Every object carries both parts, and `list` returns only objects that carry both. */
export interface Installation {
  /** The name that the operator has chosen. Fit for a label: `[a-z0-9-]`, at most 40 characters. */
  name: string
  /** A random id, made with the database. It distinguishes two databases under one name. */
  id: string
}

/**
 * An opened spawner. It keeps no list of servers: everything it needs comes in through its arguments, so a restarted
 * hub, or another hub, polls and stops servers that an earlier hub started. All methods may be called at the same
 * time, also for the same server.
 */
export interface Spawner {
  /**
   * Whether a server's files outlive its runs, so that the next start finds them. Pages say so before a server is
   * stopped: where this is false, every stop loses the files.
   */
  readonly keepsFiles: boolean

  /**
   * The usual reason why hub and proxy cannot reach a server that runs: one sentence for staff, with the remedy. The
   * hub adds this sentence to its message when a running server never answers.
   */
  readonly unreachable?: string

  /** URLs of the engine or cluster. No server may reach them; `carrel doctor` tries it from inside servers. */
  readonly controlUrls?: string[]

  /**
   * Returns where the server of this run shall be told to listen. Pure; called before `start`. With `port`, the program can
   * listen on a port only.
   */
  listen(key: ServerKey, only?: 'port'): Listen

  /**
   * Makes and starts the server's object and resolves when its address is known. The hub then waits until the server
   * answers.
   *
   * The object's name is made of server and run. An object that already has this name is inspected. It is **adopted**
   * if installation, server, run and spec hash agree (and started if it was made but never started); otherwise the
   * start fails, with `otherSpec` where only the hash differs. A start never removes anything. Between making and
   * starting, `record` must have resolved; if it rejects, the object is left as it is and the start rejects with the same
   * error.
   *
   * Rejects with a `SpawnError` whose message the learner may read and whose `detail` only staff see. Rejects with
   * the signal's reason when aborted; what was made until then stays, for adoption or for `stop`.
   */
  start(spec: ServerSpec, context: StartContext): Promise<StartedServer>

  /**
   * Returns the status of a run. A run that is not there, or was never started, is `gone`; a run that has ended is
   * `exited`. Rejects when the status cannot be known (engine unreachable, no rights): an error is never an answer.
   */
  poll(key: ServerKey, state: SpawnerState | undefined): Promise<ServerStatus>

  /**
   * Removes this run **and every older run of the server**, each by its exact id, and resolves when they are gone.
   * Never touches a newer run. Succeeds when a run is gone already, and when called twice or at the same time.
   * Asks the program to end first and gives it `graceSeconds`.
   */
  stop(key: ServerKey, state: SpawnerState | undefined, options: StopOptions): Promise<void>

  /**
   * Returns the last lines that the program of a run has printed, 50 at most, oldest first, also of one that goes on; none of a run that is
   * gone, or whose output is not kept. Hubs ask before each stop. Rejects when the engine does not answer. May be left out.
   */
  lastLines?(key: ServerKey, state: SpawnerState | undefined, signal: AbortSignal): Promise<string[]>

  /** Returns all objects that carry this installation's name and id, running or not, whichever hub made them. */
  list(): Promise<FoundServer[]>

  /**
   * Removes what outlives the runs of a server (a workspace folder); the hub calls it before it deletes the server's
   * row. A spawner without such things leaves this method out.
   */
  forget?(server: string): Promise<void>

  /**
   * Returns the names in a folder of the files with which a server would start now: its own, or those of its home, and
   * those that the start would bring from the image. `folder` is a path without `..`, and '' for all files. Undefined when
   * the spawner cannot tell. A spawner that never knows leaves this method out.
   */
  filesAtStart?(
    start: { server: string | undefined; image: string; home?: MountedHome | undefined },
    folder: string,
  ): Promise<string[] | undefined>

  /** Returns the folder in which a program of a server or errand sees this home or bundle. Pure. */
  folderOf(mounted: MountedHome | MountedBundle): string

  /** The files of learners that last. A spawner without homes leaves this out; no course may then have one. */
  readonly homes?: Homes

  /** Short programs beside a home or an image. A spawner with homes has errands. */
  readonly errands?: Errands

  /** The bundles that this spawner keeps. A spawner that can lay no bundles into servers leaves this out. */
  readonly bundles?: Bundles

  /** The images of the engine or cluster. A spawner without images leaves this out. */
  readonly images?: Images

  /** Makes images where this spawner's servers start. A spawner that needs another place for it leaves this out. */
  readonly builder?: Builder

  /**
   * Tells of programs inside servers that were ended because the server took all its memory, while the server itself goes
   * on; a kernel, as a rule. Kills since `since` are told too, as far back as the engine remembers, and so one may be told
   * twice. A lost connection is made anew. A spawner that never learns of them leaves this out.
   */
  watchMemory?(options: { since: number; signal: AbortSignal; tell(kill: MemoryKill): void }): void

  /**
   * Returns how many bytes of memory each of these runs takes, in their order; undefined for a run that is not there, has
   * ended, or was not measured yet. What the system merely keeps of files to read them faster is not counted, as far as the
   * engine tells it apart. Hubs ask once for all servers that are wanted at a moment, and have one such call under
   * way at a time. Rejects when the engine does not answer. A spawner that cannot measure leaves this out.
   */
  memoryOf?(runs: readonly ServerKey[]): Promise<(number | undefined)[]>

  /** Closes sockets and watches when the hub stops. Servers keep running. */
  close?(): Promise<void>
}

export interface ServerKey {
  /** The server's id: `[a-z0-9]{12,32}`, random, never reused. */
  server: string
  /** From 1 upwards. */
  run: number
}

/** A program inside a server that was ended for want of memory. */
export interface MemoryKill extends ServerKey {
  /** Milliseconds since 1970, by the engine's clock. */
  at: number
}

/**
 * A port on every interface of the server's own network, or a unix socket that only this machine's hub reaches. With
 * `ip`, the port of that address only.
 */
export type Listen = { port: number; ip?: string } | { socket: string }

/** The server that `start` shall start. `hash` covers all fields that are not secret, so specs are compared by it. */
export interface ServerSpec extends ServerKey {
  hash: string
  /** Name of the course. Only for labels and logs, and so is `user`: a spawner must not decide anything by them. */
  course: string
  user: string
  /** The image as the course names it. For the process spawner: a folder whose files start the workspace, or ''. */
  image: string
  /** The program and its arguments, without secrets. The image's own entry point stays in front of them. */
  command: string[]
  env: Record<string, string>
  /** Where the program was told to listen, if `listen` was asked for a port. Default: where `listen` says without that. */
  listen?: Listen | undefined
  limits: Limits
  /** Whether the server needs an accelerator. Options of the spawner say how to get one. */
  gpu: boolean
  /** Options of this server in place of the spawner's own, which its `serverOptions` has found right. */
  options?: Record<string, unknown> | undefined
  /** The files that outlive the server. The hub has made this home, and no other run or errand has it. */
  home?: MountedHome | undefined
  bundles: MountedBundle[]
  /** Links into the bundles. Default: none. */
  links?: MountedLinks[] | undefined
}

export interface StartContext {
  signal: AbortSignal
  /** Shows progress to the user who waits. May be called often: the hub drops reports that come too fast. */
  report(progress: StartProgress): void
  /** Writes `state` to the database before the object is started. Rejects when this hub no longer holds the row. */
  record(state: SpawnerState): Promise<void>
  /** Returns the files of one of the spec's bundles. Asked for only by a spawner that lacks them. */
  bundle(digest: string): Promise<BundleSource>
}

export interface StartProgress {
  phase: 'pulling' | 'creating' | 'starting'
  /** Percent of this phase, 0 to 100; left out when unknown. */
  percent?: number
  /** A short sentence for the learner. */
  message?: string
  /** Whether the server waits until something else has ended, since no machine has room for it. Default: false. */
  lacksRoom?: boolean
}

export interface StartedServer {
  /** Address for hub and proxy, without path: `http://127.0.0.1:49153` or `unix+http://%2Frun%2F…%2Fsock`. */
  url: string
  state: SpawnerState
  /** True when the start took over a run that was already there. */
  adopted: boolean
  /**
   * The digest or id of the image that the server runs, `sha256:…`, where the engine knows it. A spawner without images tells
   * an id of what is installed, if it can.
   */
  image?: string
}

export type ServerStatus =
  | { state: 'running' }
  /**
   * The server has ended.
   * - `code`: its exit code, if known. 0 without a `reason` means that the program ended by itself and in order.
   * - `reason`: what ended it, in a few words for its learner, where it was more than its own exit code says.
   * - `outOfMemory`: it was killed because it took more memory than `limits.memory` allows, or than its machine has.
   * - `lines`: the last lines that it printed, for staff only.
   */
  | { state: 'exited'; code?: number; reason?: string; outOfMemory?: true; lines?: string[] }
  /** The server does not exist, or was never started. */
  | { state: 'gone' }
  /** The server is starting; `problem` says what delays it (unschedulable, image cannot be pulled). */
  | { state: 'pending'; problem?: string }

export interface StopOptions {
  graceSeconds: number
  signal?: AbortSignal
}

export interface FoundServer extends ServerKey {
  hash: string
  /** The object's name in the engine, cluster or file system, for messages. */
  name: string
  running: boolean
}

/**
 * An error of a start, with a message that learners may read. The message says what happened and not what to do: the
 * page adds that. The hub recognizes the error by `name`, so a plug-in may have its own copy of this class.
 */
export class SpawnError extends Error {
  override name = 'SpawnError'
  /** More about the error, for staff and logs only: engine answers, exit codes, last lines. */
  detail: string | undefined
  /** Whether another try ends the same way until staff have changed something: an image or a program is missing. */
  lasts: boolean
  /**
   * Whether an object of this very run is there that was made from another spec, as by another version of the hub or with
   * other options of the spawner. The hub removes it then and begins anew.
   */
  otherSpec: boolean
  constructor(
    message: string,
    options: { detail?: string; cause?: unknown; lasts?: boolean; otherSpec?: boolean } = {},
  ) {
    super(message, { cause: options.cause })
    this.detail = options.detail
    this.lasts = options.lasts ?? false
    this.otherSpec = options.otherSpec ?? false
  }
}
