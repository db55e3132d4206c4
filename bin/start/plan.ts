/** What the planner and the supervisor of `carrel start` tell each other. */
import type { Death } from '../deaths.ts'

/** One of the three processes: its command line and its environment. */
export interface ChildSpec {
  name: string
  args: string[]
  env: Record<string, string>
  /** Set for a process that ends after its work, and is started again so many seconds later. */
  everySeconds?: number
}

/** What a reload cannot change. */
export interface Fixed {
  port: number
  /** Settings by their paths, as texts that people can compare. */
  settings: Record<string, string>
  /** The command line of the proxy, which a reload does not start again. */
  proxy: string[]
}

/** Everything that the supervisor must know, in place of the config and the options. */
export interface Plan {
  kind: 'plan'
  dataDir: string
  /** The folder with the claim of this start, which the planner has made for the supervisor. */
  runDir: string
  /** Whether learners' servers go on when a signal ends this start. */
  keepServers: boolean
  hub: ChildSpec
  proxy: ChildSpec
  culler: ChildSpec
  fixed: Fixed
  /** Where `carrel reload` asks for a reload; undefined where the data folder has too long a path for a socket. */
  reloadSocket: string | undefined
  deaths: { file: string; earlier: Death[] }
  /** The text for people when everything is up, with the link. */
  greeting: string
}

/** A message of the planner. `healthy` answers `look`, with what people are told behind the greeting. */
export type FromPlanner = Plan | { kind: 'healthy'; more: string | undefined }

/**
 * A message of the supervisor. `plan` comes first, at a reload with what is fixed by the plan in force. `look` asks whether
 * browsers get an answer, once hub and proxy are ready; not at a reload.
 */
export type ToPlanner = { kind: 'plan'; fixed?: Fixed | undefined } | { kind: 'look' }
