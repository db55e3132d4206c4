/**
 * The contract of a spawner: how notebook servers are started, watched and stopped somewhere.
 *
 * The author of a spawner reads this file only. The config file calls a factory (`dockerSpawner({ … })`) and gets a
 * `SpawnerPlugin`; each hub opens it once. Only plain data crosses this border: no database row, no web request,
 * nothing of the hub. Every implementation passes `test/spawners/contract.ts`.
 *
 * A **run** is one start of one server. The number of the run rises with every start and is part of every name that a
 * spawner gives. So two hubs that both believe that they own a start never work on one object, and neither do a start
 * and the sweep.
 */

/** The value that a factory returns to the config file. The factory itself opens no connection, file or process. */
export interface SpawnerPlugin {
  /** The kind of spawner, as logs and health answers name it: `process`, `docker`, `kubernetes`. */
  readonly name: string
  /** False when servers may take all that the machine has, whatever a course says. No default limit is set then. */
  readonly enforcesLimits?: boolean
  /** Prepares what must exist before any hub runs (an environment, an image), and reports progress to a person. */
  prepare?(context: PrepareContext): Promise<void>
  /** Opens the spawner for one hub. Rejects when it cannot work in this setting; the message names the remedy. */
  open(context: OpenContext): Promise<Spawner>
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
   * The usual reason why hub and proxy cannot reach a server that runs: one sentence for staff, with the remedy. The
   * hub adds this sentence to its message when a running server never answers.
   */
  readonly unreachable?: string

  /** URLs of the engine or cluster. No server may reach them; `carrel doctor` tries it from inside servers. */
  readonly controlUrls?: string[]

  /** Returns where the server of this run shall be told to listen. Pure; called before `start`. */
  listen(key: ServerKey): Listen

  /**
   * Makes and starts the server's object and resolves when its address is known. The hub then waits until the server
   * answers.
   *
   * The object's name is made of server and run. An object that already has this name is inspected. It is **adopted**
   * if installation, server, run and spec hash agree (and started if it was made but never started); otherwise the
   * start fails. A start never removes anything. Between making and starting, `record` must have resolved; if it
   * rejects, the object is left as it is and the start rejects with the same error.
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

  /** Returns all objects that carry this installation's name and id, running or not, whichever hub made them. */
  list(): Promise<FoundServer[]>

  /**
   * Removes what outlives the runs of a server (a workspace folder); the hub calls it before it deletes the server's
   * row. A spawner without such things leaves this method out.
   */
  forget?(server: string): Promise<void>

  /** Closes sockets and watches when the hub stops. Servers keep running. */
  close?(): Promise<void>
}

export interface ServerKey {
  /** The server's id: `[a-z0-9]{12,32}`, random, never reused. */
  server: string
  /** From 1 upwards. */
  run: number
}

/** A port on every interface of the server's own network, or a unix socket that only this machine's hub reaches. */
export type Listen = { port: number } | { socket: string }

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
  limits: Limits
  /** Whether the server needs an accelerator. Options of the spawner say how to get one. */
  gpu: boolean
}

export interface Limits {
  /** Cores that the server may use at most. `cpuGuarantee` is the number that is reserved for it. */
  cpu?: number | undefined
  cpuGuarantee?: number | undefined
  /** Bytes that the server may use at most. `memoryGuarantee` is the amount that is reserved for it. */
  memory?: number | undefined
  memoryGuarantee?: number | undefined
}

export interface StartContext {
  signal: AbortSignal
  /** Shows progress to the user who waits. May be called often: the hub drops reports that come too fast. */
  report(progress: StartProgress): void
  /** Writes `state` to the database before the object is started. Rejects when this hub no longer holds the row. */
  record(state: SpawnerState): Promise<void>
}

export interface StartProgress {
  phase: 'pulling' | 'creating' | 'starting'
  /** Percent of this phase, 0 to 100; left out when unknown. */
  percent?: number
  /** A short sentence for the learner. */
  message?: string
}

/** Plain JSON that the hub keeps with the server's row and hands back without reading it. */
export type SpawnerState = Record<string, string | number | boolean | null>

export interface StartedServer {
  /** Address for hub and proxy, without path: `http://127.0.0.1:49153` or `unix+http://%2Frun%2F…%2Fsock`. */
  url: string
  state: SpawnerState
  /** True when the start took over a run that was already there. */
  adopted: boolean
}

export type ServerStatus =
  | { state: 'running' }
  /** The server has ended. `code` is its exit code, if known; `lines` are the last lines it printed, for staff only. */
  | { state: 'exited'; code?: number; reason?: string; lines?: string[] }
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
 * An error of a start, with a message that learners may read. The hub recognizes it by `name`, so a plug-in may have
 * its own copy of this class.
 */
export class SpawnError extends Error {
  override name = 'SpawnError'
  /** More about the error, for staff and logs only: engine answers, exit codes, last lines. */
  detail: string | undefined
  constructor(message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.detail = options.detail
  }
}
