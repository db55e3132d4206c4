/** What the planner and the supervisor of `carrel start` tell each other. */
import type { Death } from '../deaths.ts'

/** One of the three processes: its command line and its environment. */
export interface ChildSpec {
  name: string
  args: string[]
  env: Record<string, string>
}

/** Everything that the supervisor must know, in place of the config and the options. */
export interface Plan {
  kind: 'plan'
  dataDir: string
  /** The folder with the claim of this start, which the planner has made for the supervisor. */
  runDir: string
  hub: ChildSpec
  proxy: ChildSpec
  culler: ChildSpec
  deaths: { file: string; earlier: Death[] }
  /** The text for people when everything is up, with the link. */
  greeting: string
}

/** A message of the planner. `healthy` answers `look`. */
export type FromPlanner = Plan | { kind: 'healthy' }

/** The supervisor's question whether browsers get an answer, once hub and proxy are ready. */
export interface ToPlanner {
  kind: 'look'
}
