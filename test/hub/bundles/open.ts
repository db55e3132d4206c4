import { pino } from 'pino'
import { type HubBundles, openHubBundles } from '../../../hub/bundles/bundles.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { testConfig } from '../../helpers/test-hub.ts'

/** Opens the bundles of a hub whose config has none, without the hub. */
export async function openBundlesAt(db: Database, dataDir: string): Promise<HubBundles> {
  const world = createFakeServers()
  const config = testConfig({ database: 'sqlite:none', proxies: [] }, world)
  const courses = { all: {} }
  return openHubBundles({ db, config, courses, dataDir, internalUrl: undefined, log: pino({ level: 'silent' }) })
}
