/**
 * The contract of a spawner: how notebook servers are started, watched and stopped somewhere.
 *
 * This file is all that the author of a spawner reads. The config file calls a factory (`dockerSpawner({ … })`) and
 * gets a `SpawnerPlugin`; each hub opens it once. Only plain data crosses this border: no database row, no web
 * request, nothing of the hub. Every implementation passes `test/spawners/contract.ts`.
 *
 * A **run** is one start of one server. Its number rises with every start and is part of every name that a spawner
 * gives to anything, so that two hubs that both believe to own a start, or a start and the sweep, cannot meet in
 * one object.
 */

/** What the config file hands over. Making one does nothing yet: no connection, no file, no process. */
export interface SpawnerPlugin {
  /** Names the kind in logs and in health answers: `process`, `docker`, `kubernetes`. */
  readonly name: string
  /** False: servers may take what the machine has, whatever a course says. Then no default limit is given either. */
  readonly enforcesLimits?: boolean
  /** Makes ready what must exist before any hub runs (an environment, an image), telling a person how it goes. */
  prepare?(context: PrepareContext): Promise<void>
  /** Opens it for one hub. Rejects with a message that names the remedy when it cannot work in this setting. */
  open(context: OpenContext): Promise<Spawner>
}

export interface PrepareContext {
  /** Where this installation keeps its files. */
  dataDir: string
  /** One line for the person at the terminal. */
  report(line: string): void
  signal: AbortSignal
}

export interface OpenContext {
  installation: Installation
  dataDir: string
  /** The public origins of the hub's pages and of the learners' servers. */
  hubUrl: string
  serversUrl: string
  /** A warning that an operator should read at start. */
  warn(message: string): void
}

/** Both parts are on every object, and `list` answers only for objects that carry both. */
export interface Installation {
  /** Chosen by the operator; fit for a label: `[a-z0-9-]`, at most 40 characters. */
  name: string
  /** Made at random with the database. Tells two databases under one name apart. */
  id: string
}

/**
 * An opened spawner. It keeps no list of servers: everything it needs comes in through its arguments, so a
 * restarted hub, or another one, polls and stops servers that an earlier one started. All methods may be called at
 * the same time, also for the same server.
 */
export interface Spawner {
  /**
   * What usually keeps hub and proxy from a server that runs: one sentence for staff, with the remedy. The hub appends
   * it when a running server never answers.
   */
  readonly unreachable?: string

  /** The URLs of the engine or cluster behind it, which no server may reach. `carrel doctor` tries from inside. */
  readonly controlUrls?: string[]

  /** Where the server of this run shall be told to listen. Pure; called before `start`. */
  listen(key: ServerKey): Listen

  /**
   * Makes and starts the server's object and resolves when its address is known; the hub then waits until it answers.
   *
   * The object's name is made of server and run. Where an object of that name exists, it is inspected and
   * **adopted** if installation, server, run and spec hash agree (started if it was made but never started);
   * otherwise the start fails. Nothing is ever removed here. Between making and starting, `record` must have
   * resolved; if it rejects, the object is left alone as it is and the start rejects with the same error.
   *
   * Rejects with a `SpawnError` whose message the learner may read and whose `detail` only staff see. Rejects with
   * the signal's reason when aborted; what was made until then stays, for adoption or for `stop`.
   */
  start(spec: ServerSpec, context: StartContext): Promise<StartedServer>

  /**
   * How the run is doing. A run that is not there, or was never started, is `gone`; a run that has ended is `exited`.
   * Rejects when it cannot tell (engine unreachable, no rights): an error is never an answer.
   */
  poll(key: ServerKey, state: SpawnerState | undefined): Promise<ServerStatus>

  /**
   * Resolves when this run **and every older run of the server** are gone, each removed by its exact id. Never
   * touches a newer run. What is gone already is success, and so is calling it twice, or at the same time.
   * Asks the program to end first and gives it `graceSeconds`.
   */
  stop(key: ServerKey, state: SpawnerState | undefined, options: StopOptions): Promise<void>

  /** Everything that carries this installation's name and id, running or not, whoever made it. */
  list(): Promise<FoundServer[]>

  /** The server's row is going away: removes what outlives its runs (a workspace folder). Absent: there is nothing. */
  forget?(server: string): Promise<void>

  /** Releases sockets and watches when the hub stops. Leaves servers running. */
  close?(): Promise<void>
}

export interface ServerKey {
  /** The server's id: `[a-z0-9]{12,32}`, random, never reused. */
  server: string
  /** From 1 upwards. */
  run: number
}

/** A port of every interface of the server's own network, or a unix socket that only this machine's hub reaches. */
export type Listen = { port: number } | { socket: string }

/** What to start. `hash` covers everything here that is not secret, so that "is it the same?" is one comparison. */
export interface ServerSpec extends ServerKey {
  hash: string
  /** Course and user for labels and logs; not identities to act upon. */
  course: string
  user: string
  /** Image as the course names it. For the process spawner: a folder whose files start the workspace, or ''. */
  image: string
  /** The program and its arguments; the image's own entry point stays in front of it. Holds no secret. */
  command: string[]
  env: Record<string, string>
  limits: Limits
  /** Which accelerators, if any. How to get one is the spawner's own option. */
  gpu: boolean
}

export interface Limits {
  /** Cores. A limit caps; a guarantee reserves. */
  cpu?: number | undefined
  cpuGuarantee?: number | undefined
  /** Bytes. */
  memory?: number | undefined
  memoryGuarantee?: number | undefined
}

export interface StartContext {
  signal: AbortSignal
  /** Progress for whoever waits. Cheap to call often; the hub thins it out. */
  report(progress: StartProgress): void
  /** Keeps `state` in the database before the object is started. Rejects when this hub has lost the row. */
  record(state: SpawnerState): Promise<void>
}

export interface StartProgress {
  phase: 'pulling' | 'creating' | 'starting'
  /** 0 to 100 of this phase, when known. */
  percent?: number
  /** A short sentence for the learner. */
  message?: string
}

/** Plain JSON, opaque to the hub: kept with the row and handed back. */
export type SpawnerState = Record<string, string | number | boolean | null>

export interface StartedServer {
  /** Where hub and proxy reach it, without path: `http://127.0.0.1:49153` or `unix+http://%2Frun%2F…%2Fsock`. */
  url: string
  state: SpawnerState
  /** True when a run that was already there was taken over. */
  adopted: boolean
}

export type ServerStatus =
  | { state: 'running' }
  /** Seen to have ended. `code` is absent when unknown; `lines` are its last lines, for staff only. */
  | { state: 'exited'; code?: number; reason?: string; lines?: string[] }
  /** Not there. */
  | { state: 'gone' }
  /** There and on its way; `problem` says what keeps it (unschedulable, image cannot be pulled). */
  | { state: 'pending'; problem?: string }

export interface StopOptions {
  graceSeconds: number
  signal?: AbortSignal
}

export interface FoundServer extends ServerKey {
  hash: string
  /** The object's own name where it lives, for messages. */
  name: string
  running: boolean
}

/** A start that failed in a way that a person can be told. The hub knows it by `name`, so a plug-in may have its own copy. */
export class SpawnError extends Error {
  override name = 'SpawnError'
  /** For staff and logs: engine answers, exit codes, last lines. */
  detail: string | undefined
  constructor(message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.detail = options.detail
  }
}
