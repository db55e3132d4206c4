import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../seats/keys.ts'
import type { Installation, Spawner } from '../spawners/spawner.ts'
import type { Database } from './db/dialect.ts'
import type { RequestLimits } from './http/limits.ts'
import type { Proxies } from './proxies/clients.ts'
import type { Changes } from './servers/changes.ts'
import type { PositionOf } from './servers/positions.ts'
import type { Tasks } from './servers/tasks.ts'

/** Everything that the parts of one hub share. Built once here and passed along; nothing imports an instance. */
export interface Hub {
  /** Random, new with each start: who owns a moving row. */
  id: string
  config: Config
  hubUrl: string
  /** An origin, or a wildcard: `serverOrigin` of `seats/host.ts` says which origin a server has. */
  serversUrl: string
  /** What servers are told: where they reach the internal listener, if there is one. */
  internalUrl: string | undefined
  secrets: Secrets
  installation: Installation
  db: Database
  spawner: Spawner
  proxies: Proxies
  changes: Changes
  positionOf: PositionOf
  tasks: Tasks
  limits: RequestLimits
  log: Logger
}

export interface Secrets {
  keys: KeyRing
  /** Both directions between hub and proxies. */
  proxyToken: string
  /** May list and delete servers and temporary users, and nothing else. */
  cullerToken: string
}
