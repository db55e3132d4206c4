/**
 * Hooks: functions of the config file that the hub calls before a server starts, when it is ready, and after it has
 * stopped. This file is their whole contract. docs/hooks.md has examples.
 *
 * What holds for all of them:
 *
 * - A hook runs inside the hub, in the thread that also serves all pages. It waits by `await` only, and ends what it waits
 *   for when its `signal` aborts: `fetch(url, { signal })`. What it imports is loaded into the hub.
 * - A hook gets plain data. It gets no secret of the hub and of a server, and no connection to the hub's database.
 * - Each hook is called at least once. A hub may be killed at any instruction, and the next hub, perhaps on another machine,
 *   calls the hook again for the same run. So a hook must be fit to be repeated: it looks for what it has made before it
 *   makes that, under a name with `server` and `run`, which are the same in every call.
 * - A hook that takes longer than `timeoutSeconds` counts as one that has thrown. Its `signal` aborts then.
 * - What a hook throws is for the log and for staff. Learners read only the message of `StartRefused`. So an error must not
 *   say a secret.
 */
import { z } from 'zod'

/** The user whose server it is. */
export interface HookUser {
  /** The name of the account, which stands in addresses. */
  name: string
  /** `person`: has an account. `learner`: comes from an LMS. `temporary`: has a random name, and is removed soon. */
  kind: 'person' | 'learner' | 'temporary'
  /** The name of the authenticator that has identified the user. */
  authenticator: string
  /**
   * What the authenticator knows the user by, such as the `sub` of an OpenID provider, or the id that an LMS has sent. Absent
   * for temporary users, also for those behind a sign-in, whose person is not known here on purpose, and for accounts that
   * still await their person.
   */
  subject?: string
  /** The groups of a person whose name is proven, without `group:`. */
  groups: string[]
}

/** The course that the server is of. */
export interface HookCourse {
  /** The name as the config has it, and in small letters as it stands in addresses. Variants have names of their own. */
  name: string
  slug: string
  /** The course's slug, where the server is of a variant: of another image (`tag=`), another program (`app=`) or a GPU. */
  variantOf?: string
  /** The word of `app=`, where that has chosen the program. */
  app?: string
  /** The image as the run has it. */
  image: string
}

/** One run of a server, which is one start of it. The same data in every call about this run, but for changes of the user. */
export interface HookRun {
  user: HookUser
  course: HookCourse
  /** What the run has of the course's choices: `{ size: 'large' }`. */
  choices: Record<string, string>
  /** What the run has of answers to the course's questions, and of those with files the names of these. */
  answers: Record<string, string>
  /** The id of the server, which a user has for a course through all runs. */
  server: string
  /** The number of the run, which rises with every start of this server. */
  run: number
  /** The server's path, `/user/<name>/<slug>/`. */
  path: string
  /** Whether the run has files that last (`home` of the course). */
  home: boolean
}

/** The question to `beforeStart`. */
export interface StartQuestion extends HookRun {
  /** Aborts when the start has ended meanwhile, such as by a learner who stops it, and when the time is over. */
  signal: AbortSignal
}

/** What `beforeStart` may return. */
export interface StartAnswer {
  /**
   * Variables of this run, beside those of the course and in place of those that have the same names. They are secret: the
   * hub keeps them in memory until the server is started, and writes them nowhere. The learner can read them in the
   * server, as can all who may look into its container or pod. A run that the next hub finds started keeps those that it
   * was started with, and what the hook has returned then is forgotten.
   *
   * At most 100 of them, 32 KiB each. Refused are the names by which the hub itself speaks to servers (`JUPYTER_TOKEN`,
   * `JUPYTERHUB_…`, `JPY_…`, `CARREL_…`, `JUPYTER_CONFIG_PATH` and `JUPYTER_RUNTIME_DIR`).
   */
  env?: Record<string, string>
}

/** The question to `whenReady`. */
export interface ReadyQuestion extends HookRun {
  signal: AbortSignal
}

/** What `whenReady` may return. */
export interface ReadyAnswer {
  /** What the learner reads before this run opens for the first time: plain text, at most 500 characters of it. */
  message?: string
  /**
   * Where the run opens for its owner when a link names nothing in it: a path inside the server as `start` of a course
   * has it, like `/lab/tree/week1/intro.ipynb` or `/proxy/8080/?view=map`. There is no way to another address.
   */
  path?: string
}

/** A run that is over and was seen gone. */
export interface StoppedRun extends HookRun {
  /**
   * - `stopped`: a person or a program has stopped it, or the hub because it may not go on.
   * - `culled`: the culler has, for its idleness or age.
   * - `failed`: it has ended by itself, or its start has failed or was refused.
   */
  reason: 'stopped' | 'culled' | 'failed'
  /** The cause in a few words, where one is known: `it ran out of memory`. */
  because?: string
  /** What the learner was told of a failure. */
  failure?: string
  /** The exit code of a program that has ended by itself, where the spawner has told it. */
  exitCode?: number
  /** When the run was queued, when it became ready, if it did, and when it was seen gone, by the database's clock. */
  queued?: Date
  ready?: Date
  gone: Date
  /** 1 in the first call, and more after calls that have failed. */
  attempt: number
  /** Aborts when the time is over, and some seconds after the hub began to stop. */
  signal: AbortSignal
}

export interface Hooks {
  /**
   * Called before the spawner makes anything for a run, by the hub that starts it: when the run has left the queue, and again
   * by a hub that takes an unfinished start over. The learner waits, and is told so after a second. The start goes on when
   * it resolves.
   *
   * An error with the name `StartRefused` refuses the start. Its message is what the learner reads; nothing counts as a
   * fault of the spawner. Any other error, and an answer of another form, fails the start: the learner reads that the site
   * could not prepare the notebook, staff and log have the error.
   */
  beforeStart?(start: StartQuestion): StartAnswer | undefined | Promise<StartAnswer | undefined>
  /**
   * Called when the server answers, before the learner is let in, who waits. An error, and an answer of another form, are
   * logged and keep no one out.
   */
  whenReady?(ready: ReadyQuestion): ReadyAnswer | undefined | Promise<ReadyAnswer | undefined>
  /**
   * Called after each run that had left the queue was seen gone, also one whose start was refused. What is due is kept in the
   * database from the moment at which the stop begins. After an error the call is repeated, with pauses that grow from ten
   * seconds to some hours, for a day; then an event `hook-given-up` stands in the history. Nothing waits for it: the server may
   * have started again by then, and calls for later runs may come first.
   */
  afterStop?(stop: StoppedRun): unknown
}

/** Thrown by `beforeStart` to refuse a start. The message is for the learner: plain text, at most 300 characters of it. */
export class StartRefused extends Error {
  override name = 'StartRefused'
}

function hook<T extends keyof Hooks>(name: T, example: string) {
  return z
    .custom<NonNullable<Hooks[T]>>((value) => typeof value === 'function', {
      message: `is a function, like async ${name}(${example}) { … }`,
      abort: false,
    })
    .optional()
}

export const hooksSchema = z.strictObject({
  beforeStart: hook('beforeStart', 'start'),
  whenReady: hook('whenReady', 'ready'),
  afterStop: hook('afterStop', 'stop'),
  /** Seconds that each call of a hook may take. */
  timeoutSeconds: z.number().positive().max(600).default(30),
})

export type HookSettings = z.output<typeof hooksSchema>
