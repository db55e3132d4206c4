/** Starts real servers of a course by the real spawner, with the doctor's program in them. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Course } from '../courses/course.ts'
import { newId } from '../hub/db/ids.ts'
import { messageOf } from '../hub/errors.ts'
import { madeOfCourse } from '../hub/made-of/made-of.ts'
import { waitUntilReady } from '../hub/servers/ready.ts'
import { serverSpec } from '../hub/servers/server-spec.ts'
import type { MountedHome } from '../spawners/files.ts'
import type { ServerKey, ServerSpec, Spawner, StartContext } from '../spawners/spawner.ts'
import { installationOf } from './database.ts'
import { fetchOnce } from './fetch-once.ts'
import { type Finding, unknown } from './finding.ts'
import { probeProgram } from './probe-program.ts'
import { removeProbes } from './remove-probes.ts'
import { internalUrlOf, type Setup } from './setup.ts'

export interface ProbeTarget {
  /** The name of the target, for people. */
  name: string
  /** `gateway` stands for each way out that the probe finds. */
  host: string
  port: number
}

export interface Request {
  host: string
  port: number
  method: string
  path: string
  headers: Record<string, string>
}

export interface ProbeJob {
  tcp: ProbeTarget[]
  http: Request[]
}

const reportSchema = z.object({
  self: z.object({
    addresses: z.array(z.string()),
    uid: z.int(),
    capabilities: z.string(),
    bounding: z.string(),
    noNewPrivileges: z.string(),
    seccomp: z.string(),
    writable: z.array(z.string()),
    sockets: z.array(z.string()),
    token: z.array(z.string()),
    environment: z.array(z.string()),
    processes: z.array(z.string()),
  }),
  /** The targets that took a connection. */
  reached: z.array(z.object({ name: z.string(), host: z.string(), port: z.int() })),
  /** Answers in the order of the requests; null for no answer. */
  answers: z.array(z.object({ status: z.int(), body: z.string() }).nullable()),
})

export type Report = z.output<typeof reportSchema>

export interface ProbeServer {
  key: ServerKey
  perform(job: ProbeJob): Promise<Report>
}

/**
 * Starts two probe servers, calls `use` with them, and removes them in any case. If this process is killed, the probes
 * end by themselves within a minute, and the sweep of any hub removes what is left, since no row belongs to it.
 */
export async function withProbes<T>(
  spawner: Spawner,
  course: Course,
  setup: Setup,
  use: (probes: [ProbeServer, ProbeServer]) => Promise<T>,
): Promise<T> {
  const keys: [ServerKey, ServerKey] = [
    { server: newId(), run: 1 },
    { server: newId(), run: 1 },
  ]
  const over = new AbortController()
  const signal = AbortSignal.any([setup.signal, over.signal])
  const starts = keys.map((key) => start(spawner, course, { ...setup, signal }, key))
  try {
    return await use((await Promise.all(starts)) as [ProbeServer, ProbeServer])
  } finally {
    // A start that is still under way could make its object after the removal.
    over.abort(new Error('the doctor is done'))
    const ends = await Promise.allSettled(starts)
    const brokenOff = ends.some(({ status }) => status === 'rejected')
    await removeProbes(spawner, keys, brokenOff)
  }
}

async function start(spawner: Spawner, course: Course, setup: Setup, key: ServerKey): Promise<ProbeServer> {
  const { spec, path } = probeSpec(spawner, { ...course, command: ['python3', '-c', probeProgram] }, setup, { key })
  const { url, state } = await spawner.start(spec, contextOf(setup, course))
  const soon = AbortSignal.any([setup.signal, AbortSignal.timeout(30_000)])
  await waitUntilReady({ target: url, path: `${path}api`, poll: () => spawner.poll(key, state), signal: soon })
  const headers = { authorization: `token ${spec.env.JUPYTER_TOKEN}` }
  return {
    key,
    async perform(job) {
      const init = { method: 'POST', headers, body: JSON.stringify(job), signal: soon }
      return fetchOnce(url, path, init, async (response) => reportSchema.parse(await response.json()))
    },
  }
}

/** Returns the spec of a server of the course that runs the course's command and nothing of Jupyter's, and its path. */
export function probeSpec(
  spawner: Spawner,
  course: Course,
  { hubUrl, config }: Pick<Setup, 'hubUrl' | 'config'>,
  { key, home }: { key: ServerKey; home?: MountedHome | undefined },
): { spec: ServerSpec; path: string } {
  const path = '/user/carrel-doctor/'
  const spec = serverSpec({
    ...key,
    madeOf: madeOfCourse({ hubUrl, internalUrl: internalUrlOf(config) }, { ...course, program: 'jupyter' }),
    user: 'carrel-doctor',
    path,
    listen: spawner.listen(key),
    // A key that no hub has, so that its tokens open nothing at the hub.
    key: { kid: 'doctor', secret: randomBytes(32) },
    home: home && { mounted: home, folder: spawner.folderOf(home) },
  })
  return { spec, path }
}

export function contextOf(setup: Setup, course: Course): StartContext {
  const signal = AbortSignal.any([setup.signal, AbortSignal.timeout(course.pullTimeoutSeconds * 1000)])
  const bundle = () => Promise.reject(new Error('a probe has no bundles'))
  return { signal, report: () => undefined, record: async () => undefined, bundle }
}

/** Opens the spawner as a hub would, for `use`. What cannot be told then is one finding of this check. */
export async function withSpawner(
  setup: Setup,
  check: string,
  use: (spawner: Spawner) => Promise<Finding[]>,
  explain: (error: unknown, spawner: Spawner | undefined) => string = messageOf,
): Promise<Finding[]> {
  const id = await installationOf(setup)
  if (id === undefined) return [unknown(check, 'no hub has ever used this database. Start the hub once.')]
  const { config, dataDir, hubUrl, serversUrl } = setup
  let spawner: Spawner | undefined
  try {
    const installation = { name: config.installation, id }
    spawner = await config.spawner.open({ installation, dataDir, hubUrl, serversUrl, warn: () => undefined })
    return await use(spawner)
  } catch (error) {
    setup.signal.throwIfAborted()
    return [unknown(check, explain(error, spawner))]
  } finally {
    await spawner?.close?.()
  }
}
