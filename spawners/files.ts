/**
 * The second part of the contract of a spawner (`spawner.ts`): the files that servers find in their folders, and errands,
 * the short programs beside them. Every implementation passes `test/spawners/contract-files.ts`.
 *
 * A **home** lasts: the files of one learner in one course. A **bundle** never changes: files with a digest. Nothing is
 * written into a home by an engine or by root, which would follow the links that a learner has made there; what is copied
 * into one, the image's own user copies.
 */
import type { Readable, Writable } from 'node:stream'

/** Plain JSON that the hub keeps with the row of a server or home, and hands back without reading it. */
export type SpawnerState = Record<string, string | number | boolean | null>

export interface Limits {
  /** Cores that the server may use at most. `cpuGuarantee` is the number that is reserved for it. */
  cpu?: number | undefined
  cpuGuarantee?: number | undefined
  /** Bytes that the server may use at most. `memoryGuarantee` is the amount that is reserved for it. */
  memory?: number | undefined
  memoryGuarantee?: number | undefined
}

/**
 * Files of learners that last. A home is a row of the hub first, then an object here, whose name is made of the home's id.
 * No start, stop or sweep ever removes a home: only `remove` does. The hub lets one run or errand at a time have a home.
 */
export interface Homes {
  /**
   * Makes the home's object, or finds the one that carries its labels, and returns what the hub is to keep. Two calls at
   * once, also of two hubs, make one object. Changes nothing in a home that is there. Rejects when the object with this
   * name carries other labels.
   */
  make(home: HomeSpec, options: { signal: AbortSignal }): Promise<SpawnerState>
  /** Returns all homes that carry this installation's name and id, also those that the hub's database has lost. */
  list(): Promise<FoundHome[]>
  /** Returns what a home holds; undefined when it is not there. Rejects when that cannot be known. */
  measure(id: string, state: SpawnerState | undefined, options: { signal: AbortSignal }): Promise<HomeSize | undefined>
  /** Removes one home with all its files, by its exact object. Succeeds when it is gone already. */
  remove(id: string, state: SpawnerState | undefined): Promise<void>
}

/** A home to be made. All fields but `size` are the labels of its object, by which a lost row is written anew. */
export interface HomeSpec {
  /** `[a-z0-9]{12,32}`, random, never reused. */
  id: string
  /** The key of the account, which stays when the account is renamed or removed and comes back. */
  account: string
  /** The id of the course, which stays when the course is renamed. */
  course: string
  /** Bytes that the home may hold, where the storage can say no to more. */
  size?: number | undefined
}

export interface FoundHome {
  id: string
  account: string
  course: string
  /** The object's name in the engine, cluster or file system, for messages. */
  name: string
  state: SpawnerState
}

export interface HomeSize {
  bytes: number
  /** Bytes that the home may hold at most, where the storage enforces that. */
  limit?: number
}

/** A home in a server or an errand, whose program starts in its folder. */
export interface MountedHome {
  id: string
  /** What `make` returned. */
  state: SpawnerState
  /** The absolute path at which a container or pod sees the home. */
  path: string
  /**
   * Whether files that the image has at `path` are copied in where the home has nothing of that name, by the image's own
   * user, before the program starts.
   */
  fromImage: boolean
}

/** Files that never change, in a server or an errand. */
export interface MountedBundle {
  /** SHA-256 of what the bundle holds, as hex. */
  digest: string
  /** The absolute path at which a container or pod sees the bundle, read-only. */
  path: string
  /**
   * `home`: its files are also copied into the home, or without one into the folder in which the program starts, where
   * that has nothing of that name. The image's own user copies them; what fails is reported and stops nothing.
   */
  into: 'read-only' | 'home'
}

/**
 * Links in folders of a server that lead into its bundles. The image's own user makes them before the program starts, where
 * nothing of that name is. A link that leads into a bundle already is replaced when it leads elsewhere than it should. Folders
 * that are missing are made, none of them through a link. What fails is reported and stops nothing.
 */
export interface MountedLinks {
  /**
   * Folders in the home, or without one in the folder in which the program starts; `.` is that one itself. An absolute folder
   * counts in containers and pods only, where the image has it.
   */
  folders: string[]
  /** Paths in each of these folders, and the absolute path to which each leads, at or in the `path` of a bundle. */
  to: { name: string; path: string }[]
}

export interface Bundles {
  /** Returns the digests of all bundles that carry this installation's name and id. */
  list(): Promise<string[]>
  /** Removes a bundle that no server or errand uses; one that is in use stays. Succeeds when it is gone already. */
  remove(digest: string): Promise<void>
}

/** The files of a bundle, for a spawner that lacks them. */
export interface BundleSource {
  bytes: number
  /** How many files there are, and whether some are symbolic links. */
  files: number
  hasLinks: boolean
  /** Returns a tar archive of the files, each time anew. Its names are relative and lead nowhere outside. */
  tar(): Readable
  /**
   * Where a run that starts may fetch the same archive, with `Authorization: token <JUPYTER_TOKEN of its spec>`. Absent
   * where the hub has no listener for servers.
   */
  url?: string
}

/**
 * Short programs, each a process, container or pod of its own, as the image's user, without network, token or route.
 * Everything that touches a home without a server is an errand.
 */
export interface Errands {
  /**
   * Runs a program to its end and resolves with how it ended; then nothing of it is left. Rejects with the signal's reason
   * when aborted, and with a `SpawnError` when the program could not be started. An id is used once: rejects when it is
   * taken. An errand whose hub dies goes on until `end`, and its output is lost.
   */
  run(errand: ErrandSpec, context: ErrandContext): Promise<ErrandEnd>
  /** Returns all errands that carry this installation's name and id, whether they still run or not. */
  list(): Promise<FoundErrand[]>
  /** Kills and removes one errand, and resolves when it is gone. Succeeds when it is gone already. */
  end(id: string): Promise<void>
}

export interface ErrandSpec {
  /** `[a-z0-9]{12,32}`, random, never reused. */
  id: string
  image: string
  /** The program and its arguments, in place of the image's own entry point. Starts in the home, if it has one. */
  command: string[]
  env?: Record<string, string>
  home?: MountedHome | undefined
  bundles: MountedBundle[]
  limits: Limits
  /** The server options of the course, as `ServerSpec.options`: they may decide where the errand can run. */
  options?: Record<string, unknown> | undefined
}

export interface ErrandContext {
  signal: AbortSignal
  /** What the program reads. Default: nothing. An input that breaks off fails the errand. */
  stdin?: Readable
  /**
   * Where its output goes, with backpressure. Default: nowhere. Left open, so that its owner ends it or breaks it off, knowing
   * how the errand has ended. An output that is closed before that fails the errand.
   */
  stdout?: Writable
  bundle(digest: string): Promise<BundleSource>
}

export interface ErrandEnd {
  code: number
  outOfMemory?: true
  /** The last lines of its standard error, for staff only. */
  lines: string[]
}

export interface FoundErrand {
  id: string
  /** The object's name in the engine, cluster or file system, for messages. */
  name: string
  running: boolean
  /** The home that it has. */
  home?: string
}
