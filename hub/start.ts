import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { warningTexts } from '../config/look.ts'
import type { Git } from '../git/git.ts'
import { observe } from '../metrics/histogram.ts'
import { closerOf } from '../net/closer.ts'
import { reviewGuests } from './access/guests.ts'
import { openAuthenticators } from './access/open-authenticators.ts'
import { createAdminApp } from './admin-app.ts'
import { serverConnections, serverUnanswered } from './api/server-limits.ts'
import { createApp } from './app.ts'
import { imageJobs } from './builds/build.ts'
import { openBuilds } from './builds/open.ts'
import { openHubBundles } from './bundles/bundles.ts'
import { startBundleUpkeep } from './bundles/sweep.ts'
import { startChores } from './chores.ts'
import { openContent } from './content/open.ts'
import { contentJobs } from './content/pull.ts'
import { startContentUpkeep } from './content/upkeep.ts'
import { startFinishing } from './copies/finish.ts'
import { openNotebookWork } from './copies/offers/work.ts'
import { startFollowing } from './copies/round.ts'
import { openCourses } from './courses/courses.ts'
import { openDatabase } from './db/database.ts'
import { forgetHub, forgetOtherHubs, renewHub } from './db/hubs.ts'
import { newId } from './db/ids.ts'
import { findMaintenance, installationId, resignHousekeeper } from './db/installation.ts'
import { moveOrigins } from './db/servers/courses.ts'
import { createDefinitions } from './db/servers/definitions.ts'
import { createReadiness } from './db/servers/readiness.ts'
import { startsOfRunning } from './db/servers/servers.ts'
import { messageOf } from './errors.ts'
import { lookForHomes } from './homes/lost.ts'
import { warnOfOrphans } from './homes/retention.ts'
import { createFarewells } from './hooks/farewells.ts'
import { bindAdminSocket } from './http/admin-socket.ts'
import { openLimits } from './http/limits.ts'
import { bind, type Listener, listen } from './http/listen.ts'
import type { Hub, Secrets } from './hub.ts'
import { createInternalApp } from './internal-app.ts'
import { createJobs } from './jobs/jobs.ts'
import { startJobs } from './jobs/work.ts'
import { createHubCounters, secondsSince } from './metrics/counters.ts'
import { createLaunchTraces } from './metrics/launch-traces.ts'
import { watchStatements } from './metrics/statements.ts'
import { createUsualStarts } from './metrics/usual-starts.ts'
import { openPreviews } from './previews/previews.ts'
import { startPreviews } from './previews/round.ts'
import { openProxies } from './proxies/clients.ts'
import { startSync } from './proxies/sync.ts'
import { storeCourses } from './rights/stored-courses.ts'
import { createAdmission } from './servers/admission.ts'
import { createChanges } from './servers/changes.ts'
import { stopAllServers } from './servers/evict.ts'
import { createUsedMemory } from './servers/health/used-memory.ts'
import { createGivenSecrets } from './servers/past/given-secrets.ts'
import { createPositions } from './servers/positions.ts'
import { createSpareUses } from './servers/spares/uses.ts'
import { createTasks } from './servers/tasks.ts'
import { startQueued, startWork } from './servers/work.ts'
import { openSnapshots } from './snapshots/open.ts'

export interface HubOptions {
  /** The config, with `hub.url`, `servers.url` and `proxies` filled in. */
  config: Config
  secrets: Secrets
  dataDir: string
  log: Logger
  /** Whether the operator has read the warnings about the config already. */
  isWarned?: boolean
  /** The git of builds and of courses. Default: the system's. */
  git?: Git
}

export interface RunningHub {
  /** Where the hub listens, `http://127.0.0.1:8081` or the socket's path. */
  address: string
  /** Where the listener for servers listens, if there is one. */
  internal: string | undefined
  /**
   * Stops this hub and leaves servers running. What the hub was in the middle of is open to the next one. May be called
   * twice.
   */
  stop(): Promise<void>
  /** Stops all servers of this installation, makes no more spares, and resolves when they are gone. */
  stopServers(graceSeconds: number): Promise<void>
}

/** Opens, wires and starts a hub. Rejects with a message for people when something that the hub needs is not right. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const began = performance.now()
  const { config, log, dataDir } = options
  await using opened = new AsyncDisposableStack()
  const closeAtEnd = (close: () => Promise<void> | void) => opened.defer(() => closed(close, log))
  const hubUrl = required(config.hub.url, 'hub.url')
  const serversUrl = required(config.servers.url, 'servers.url')
  const warnings = await warningTexts(config, { hubUrl, serversUrl }, new AbortController().signal)
  for (const warning of warnings) log[options.isWarned ? 'info' : 'warn'](warning)
  const { db, alone, close } = await openDatabase(config.database ?? `sqlite:${dataDir}/carrel.sqlite`, (message) =>
    log.warn(message),
  )
  closeAtEnd(close)
  const counters = createHubCounters()
  watchStatements(db, counters)

  const id = newId()
  await renewHub(db, id)
  if (alone) await forgetOtherHubs(db, id)
  closeAtEnd(async () => {
    await resignHousekeeper(db, id)
    await forgetHub(db, id)
  })

  const installation = { name: config.installation, id: await installationId(db) }
  const warn = (message: string) => log.warn({ spawner: config.spawner.name }, message)
  const context = { installation, dataDir, hubUrl, serversUrl, warn }
  const spawner = await config.spawner.open(context)
  closeAtEnd(() => spawner.close?.())
  const builds = await openBuilds({ config, spawner, context, counters, log, git: options.git })
  closeAtEnd(() => builds.close())
  const content = openContent({ config, counters, dataDir, log, git: options.git })
  closeAtEnd(() => content.close())
  const notebookWork = openNotebookWork()
  closeAtEnd(() => notebookWork.close())
  const previews = openPreviews()
  closeAtEnd(() => previews.close())
  const snapshots = openSnapshots()
  closeAtEnd(() => snapshots.close())

  const proxies = openProxies(
    config.proxies.map((proxy) => proxy.url),
    options.secrets.proxyToken,
    log,
    counters,
  )
  closeAtEnd(() => proxies.close())

  const tasks = createTasks(log)
  closeAtEnd(() => tasks.stop())
  const jobTasks = createTasks(log, 'job')
  const farewells = createFarewells({ db, id, config, log })
  closeAtEnd(() => farewells.stop())
  const admission = createAdmission(() => startQueued(hub), log)
  closeAtEnd(() => admission.stop())

  // Opened first, because each server is told its address. The listener serves below, before the public one takes a
  // request.
  const internal =
    config.hub.internal &&
    (await bind(config.hub.internal, { log, unanswered: serverUnanswered, connections: serverConnections }))
  if (internal !== undefined) closeAtEnd(internal.close)
  const internalUrl = config.hub.internal?.url ?? internal?.address
  const courses = await openCourses({
    config,
    db,
    learned: (learned) => storeCourses(hub, learned).then(() => moveOrigins(db)),
  })
  const bundles = await openHubBundles({ db, config, courses, dataDir, internalUrl, log })
  if (bundles.own.size > 0 && spawner.bundles === undefined) log.warn(noBundles(config.spawner.name))
  const stopping = new AbortController()
  const hub: Hub = {
    id,
    config: { ...config, authenticators: openAuthenticators(config.authenticators, db) },
    courses,
    hubUrl,
    serversUrl,
    internalUrl,
    secrets: options.secrets,
    installation,
    db,
    spawner,
    bundles,
    builds,
    content,
    notebookWork,
    previews,
    snapshots,
    replacing: new Set(),
    proxies,
    changes: createChanges(),
    admission,
    definitions: createDefinitions(db),
    makeReady: createReadiness(db),
    positionOf: createPositions(db),
    spareUses: createSpareUses(db, counters, log),
    usualStarts: createUsualStarts(),
    usedMemory: createUsedMemory(spawner, log),
    givenSecrets: createGivenSecrets(),
    tasks,
    jobs: createJobs(),
    jobTasks,
    farewells,
    traces: createLaunchTraces(),
    limits: openLimits(config),
    counters,
    stopping: stopping.signal,
    log,
  }

  for (const { course, seconds } of await startsOfRunning(db)) hub.usualStarts.note(course, seconds)
  for (const { row, problems } of hub.courses.made.values()) {
    const why = problems.map(([path, message]) => `${path.join('.') || 'the course'}: ${message}`)
    if (why.length > 0) log.warn({ course: row.name, problems: why }, 'a course that people have made does not open')
  }
  const maintenance = await findMaintenance(db)
  if (maintenance !== undefined) {
    log.warn(maintenance, 'maintenance is going on: learners open nothing anew until `carrel maintenance off`')
  }
  // The config may have changed. The proxies get the routes when `startSync` looks at them.
  await storeCourses(hub)
  await moveOrigins(db)
  // A database that was restored from a backup knows no home that was made since.
  await lookForHomes(hub).catch((error: unknown) => {
    log.warn({ reason: messageOf(error) }, 'could not look which homes there are; trying again')
  })
  await warnOfOrphans(hub)
  // Guests whom the config no longer allows leave before any request comes in.
  await reviewGuests(hub)
  internal?.serve(createInternalApp(hub))
  const { address, close: closeListener } = await listen(createApp(hub), config.hub, { log, unanswered: 8 })
  closeAtEnd(closeListener)
  const commands = await openForCommands(hub, dataDir)
  if (commands !== undefined) closeAtEnd(commands.close)
  closeAtEnd(() => stopping.abort())
  const work = startWork(hub)
  closeAtEnd(() => work.stop())
  const jobs = startJobs(hub, [imageJobs(hub), contentJobs(hub)])
  closeAtEnd(() => jobs.stop())
  const sync = startSync(hub)
  closeAtEnd(() => sync.stop())
  const upkeep = startBundleUpkeep(hub)
  closeAtEnd(() => upkeep.stop())
  const mirrors = startContentUpkeep(hub)
  closeAtEnd(() => mirrors.stop())
  const following = startFollowing(hub)
  closeAtEnd(() => following.stop())
  const previewing = startPreviews(hub)
  closeAtEnd(() => previewing.stop())
  const finishing = startFinishing(hub)
  closeAtEnd(() => finishing.stop())
  const chores = startChores(hub)
  closeAtEnd(() => chores.stop())

  observe(counters.startUp, secondsSince(began))
  log.info(
    { hub: id, address, internal: internal?.address, hubUrl, serversUrl, spawner: config.spawner.name },
    'hub is up',
  )
  return {
    address,
    internal: internal?.address,
    stop: closerOf(opened),
    stopServers: async (graceSeconds) => {
      await chores.stopSpares()
      await stopAllServers(hub, graceSeconds)
    },
  }
}

function noBundles(spawner: string): string {
  return `The ${spawner} spawner cannot lay files into servers: courses with files or jupyter in the config will not start.`
}

/** Opens the socket for commands. A hub without one serves learners all the same, so a failure is only a warning. */
async function openForCommands(hub: Hub, dataDir: string): Promise<Listener | undefined> {
  try {
    const listener = await bindAdminSocket(dataDir, { log: hub.log, unanswered: 8, isPatient: true })
    listener.serve(createAdminApp(hub))
    return listener
  } catch (error) {
    hub.log.warn({ err: error }, 'carrel commands on this machine do not reach this hub')
    return undefined
  }
}

/**
 * Closes a part of the hub. A part that cannot be closed, such as a database that is away, does not keep the others
 * open.
 */
async function closed(close: () => Promise<void> | void, log: Logger): Promise<void> {
  try {
    await close()
  } catch (error) {
    log.warn({ err: error }, 'could not close a part of the hub')
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is not set: the hub must know its public address.`)
  return value
}
