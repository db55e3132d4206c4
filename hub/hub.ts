import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../seats/keys.ts'
import type { Installation, Spawner } from '../spawners/spawner.ts'
import type { HubBuilds } from './builds/open.ts'
import type { HubBundles } from './bundles/bundles.ts'
import type { HubContent } from './content/open.ts'
import type { NotebookWork } from './copies/offers/work.ts'
import type { Courses } from './courses/courses.ts'
import type { Database } from './db/dialect.ts'
import type { Definitions } from './db/servers/definitions.ts'
import type { MakeReady } from './db/servers/readiness.ts'
import type { Farewells } from './hooks/farewells.ts'
import type { RequestLimits } from './http/limits.ts'
import type { HubJobs } from './jobs/jobs.ts'
import type { HubCounters } from './metrics/counters.ts'
import type { LaunchTraces } from './metrics/launch-traces.ts'
import type { UsualStarts } from './metrics/usual-starts.ts'
import type { HubPreviews } from './previews/previews.ts'
import type { Proxies } from './proxies/clients.ts'
import type { Admission } from './servers/admission.ts'
import type { Changes } from './servers/changes.ts'
import type { UsedMemory } from './servers/health/used-memory.ts'
import type { GivenSecrets } from './servers/past/given-secrets.ts'
import type { PositionOf } from './servers/positions.ts'
import type { SpareUses } from './servers/spares/uses.ts'
import type { Tasks } from './servers/tasks.ts'
import type { HubSnapshots } from './snapshots/open.ts'

/**
 * Everything that the parts of one hub share. Built once, in `start.ts`, and passed along; no module imports an
 * instance.
 */
export interface Hub {
  /** Random, new with each start. Names the owner of a row that is moving. */
  id: string
  /** The config but for its courses, which are only some of those in `courses`. */
  config: Omit<Config, 'courses' | 'laid'>
  /** The courses of the moment. */
  courses: Courses
  hubUrl: string
  /** An origin, or a wildcard: `serverOrigin` of `seats/host.ts` says which origin a server has. */
  serversUrl: string
  /** The address of the internal listener as servers are told it; undefined when there is none. */
  internalUrl: string | undefined
  secrets: Secrets
  installation: Installation
  db: Database
  spawner: Spawner
  bundles: HubBundles
  builds: HubBuilds
  content: HubContent
  notebookWork: NotebookWork
  previews: HubPreviews
  snapshots: HubSnapshots
  /** Where this process replaces notebooks now: `alone` of `copies/alone.ts` writes it. */
  replacing: Set<string>
  proxies: Proxies
  changes: Changes
  admission: Admission
  definitions: Definitions
  makeReady: MakeReady
  positionOf: PositionOf
  spareUses: SpareUses
  usualStarts: UsualStarts
  usedMemory: UsedMemory
  givenSecrets: GivenSecrets
  tasks: Tasks
  jobs: HubJobs
  /** The jobs of this process, by their ids. */
  jobTasks: Tasks
  farewells: Farewells
  traces: LaunchTraces
  limits: RequestLimits
  counters: HubCounters
  /** Aborted when this hub begins to stop, before it closes its listener. */
  stopping: AbortSignal
  log: Logger
}

export interface Secrets {
  keys: KeyRing
  /** Authenticates the hub and its proxies to each other. */
  proxyToken: string
  /** Lets the culler list users with their servers, stop servers and remove temporary users, and nothing else. */
  cullerToken: string
  /** Opens the metrics and nothing else. Without it, only admins may read them. */
  metricsToken?: string | undefined
}
