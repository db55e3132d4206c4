import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { ConfigInput } from '../../config/config.ts'
import type { Git } from '../../git/git.ts'
import { openBuilds } from '../../hub/builds/open.ts'
import { openHubBundles } from '../../hub/bundles/bundles.ts'
import { openContent } from '../../hub/content/open.ts'
import { openNotebookWork } from '../../hub/copies/offers/work.ts'
import { openCourses } from '../../hub/courses/courses.ts'
import { openDatabase } from '../../hub/db/database.ts'
import { renewHub } from '../../hub/db/hubs.ts'
import { newId } from '../../hub/db/ids.ts'
import { installationId } from '../../hub/db/installation.ts'
import { createDefinitions } from '../../hub/db/servers/definitions.ts'
import { createReadiness } from '../../hub/db/servers/readiness.ts'
import { findServer, type Server } from '../../hub/db/servers/servers.ts'
import { ensureUser, type User } from '../../hub/db/users.ts'
import { createFarewells } from '../../hub/hooks/farewells.ts'
import { openLimits } from '../../hub/http/limits.ts'
import type { Hub } from '../../hub/hub.ts'
import { createJobs } from '../../hub/jobs/jobs.ts'
import { createHubCounters } from '../../hub/metrics/counters.ts'
import { createLaunchTraces } from '../../hub/metrics/launch-traces.ts'
import { createUsualStarts } from '../../hub/metrics/usual-starts.ts'
import { openPreviews } from '../../hub/previews/previews.ts'
import { openProxies } from '../../hub/proxies/clients.ts'
import { syncProxy } from '../../hub/proxies/sync.ts'
import { createAdmission } from '../../hub/servers/admission.ts'
import { createChanges } from '../../hub/servers/changes.ts'
import { createUsedMemory } from '../../hub/servers/health/used-memory.ts'
import { createGivenSecrets } from '../../hub/servers/past/given-secrets.ts'
import { createPositions } from '../../hub/servers/positions.ts'
import { requestServer } from '../../hub/servers/request.ts'
import { createSpareUses } from '../../hub/servers/spares/uses.ts'
import { createTasks } from '../../hub/servers/tasks.ts'
import { startQueued } from '../../hub/servers/work.ts'
import { openSnapshots } from '../../hub/snapshots/open.ts'
import { startFakeProxy } from '../helpers/fake-proxy.ts'
import { createFakeServers, quickSpawner } from '../helpers/fake-spawners.ts'
import type { FakeImages } from '../helpers/fakes/fake-images.ts'
import { hubUrl, secrets, serversUrl, testConfig } from '../helpers/test-hub.ts'
import { until } from '../helpers/until.ts'

/** Opens a hub's parts without its listener and its loops, so that a test decides when each chore is done. */
export async function openParts(database: string, more: Partial<ConfigInput> = {}, images?: FakeImages, git?: Git) {
  const world = createFakeServers({}, images)
  const proxy = await startFakeProxy(secrets.proxyToken)
  const log: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
  const { db, close } = await openDatabase(database)
  const id = newId()
  await renewHub(db, id)
  const installation = { name: 'carrel', id: await installationId(db) }
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-parts-'))
  const config = testConfig({ database, proxies: [{ url: proxy.url }] }, world, more)
  const open = { installation, dataDir, hubUrl, serversUrl, warn: () => undefined }
  const counters = createHubCounters()
  const spawner = await quickSpawner(world).open(open)
  const courses = await openCourses({ config, db })
  const hub: Hub = {
    id,
    config,
    courses,
    hubUrl,
    serversUrl,
    internalUrl: undefined,
    secrets,
    installation,
    db,
    spawner,
    builds: await openBuilds({ config, spawner, context: open, counters, log: logger, git }),
    content: openContent({ config, counters, dataDir, log: logger, git }),
    notebookWork: openNotebookWork(),
    previews: openPreviews(),
    snapshots: openSnapshots(),
    replacing: new Set(),
    bundles: await openHubBundles({ db, config, courses, dataDir, internalUrl: undefined, log: logger }),
    proxies: openProxies([proxy.url], secrets.proxyToken, logger, counters),
    changes: createChanges(),
    definitions: createDefinitions(db),
    makeReady: createReadiness(db),
    admission: createAdmission(() => startQueued(hub), logger),
    positionOf: createPositions(db),
    spareUses: createSpareUses(db, counters, logger),
    usualStarts: createUsualStarts(),
    usedMemory: createUsedMemory(spawner, logger),
    givenSecrets: createGivenSecrets(),
    tasks: createTasks(logger),
    jobs: createJobs(),
    jobTasks: createTasks(logger, 'job'),
    farewells: createFarewells({ db, id, config, log: logger }),
    traces: createLaunchTraces(),
    limits: openLimits(config),
    counters,
    stopping: new AbortController().signal,
    log: logger,
  }
  let users = 0

  const makeUser = async (): Promise<User> => {
    users += 1
    const name = `user-${users}`
    const user = await ensureUser(db, { name, kind: 'temporary', authenticator: 'temporary', subject: name })
    if (user === undefined) throw new Error('there is no user')
    return user
  }

  return {
    hub,
    world,
    proxy,
    log,
    makeUser,
    /** Starts a server for a new user, and returns it when it is ready and has its route. */
    async makeReady(name = 'demo'): Promise<Server> {
      const course = hub.courses.all[name]
      if (course === undefined) throw new Error('there is no course')
      const { id: server } = await requestServer(hub, await makeUser(), course)
      await until(async () => (await findServer(db, server))?.state === 'ready')
      await until(() => [...proxy.routes.values()].some((route) => route.access?.server === server))
      return (await findServer(db, server)) as Server
    },
    /** Brings all proxies up to date once. */
    async sync() {
      for (const client of hub.proxies.all) await syncProxy(hub, client)
    },
    async stop() {
      await hub.admission.stop()
      await hub.tasks.stop()
      await hub.jobTasks.stop()
      await hub.farewells.stop()
      await hub.content.close()
      await hub.notebookWork.close()
      await hub.previews.close()
      await hub.snapshots.close()
      await hub.proxies.close()
      await close()
      await proxy.stop()
      await world.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

export type Parts = Awaited<ReturnType<typeof openParts>>
