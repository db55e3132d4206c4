/** Checks that the limits of courses hold, by a server of each kind whose program tries to go beyond them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Course } from '../courses/course.ts'
import { newId } from '../hub/db/ids.ts'
import { messageOf } from '../hub/errors.ts'
import type { MountedHome } from '../spawners/files.ts'
import { bytesOf } from '../spawners/options/quantity.ts'
import type { ServerKey, ServerStatus, Spawner } from '../spawners/spawner.ts'
import { type Finding, ok, unknown } from './finding.ts'
import { type KindOfServer, kindsOf } from './kinds.ts'
import { judgeDiskAlone, judgeLimitsInside, type Promised } from './limits-judge.ts'
import { limitsProgram, type Trials } from './limits-program.ts'
import { contextOf, probeSpec, withSpawner } from './probes.ts'
import { removeProbes } from './remove-probes.ts'
import type { Setup } from './setup.ts'

const check = 'limits from inside'
/** The account of homes that a doctor makes for a moment. */
const account = 'carrel-doctor'
/** The longest that the program takes. */
const mostMilliseconds = 180_000
/** More memory than this is not taken to try a limit. */
const mostMemory = 8 * 2 ** 30

export async function checkLimitsInside(setup: Setup, only: Course | undefined): Promise<Finding[]> {
  const { config } = setup
  if (config.spawner.enforcesLimits === false) {
    return [
      ok(
        check,
        `not enforced: the ${config.spawner.name} spawner limits nothing, and says so. It is for one person on one machine.`,
      ),
    ]
  }
  const beside = config.spawner.serverOptions?.beside
  const all = only === undefined ? Object.values(config.courses) : [only]
  const kinds = kindsOf(all, (course) => limitsKind(course, beside))
  return withSpawner(setup, check, async (spawner) => {
    await removeOldHomes(spawner)
    const findings: Finding[] = []
    for (const kind of kinds) {
      setup.signal.throwIfAborted()
      findings.push(...(await tryKind(setup, spawner, kind)))
    }
    return findings
  })
}

/** Returns all that limits depend on. `beside` names options on which they do not. */
export function limitsKind({ image, limits, gpu, options, home }: Course, beside: readonly string[] = []): string {
  const own = Object.entries(options).filter(([name]) => !beside.includes(name))
  return JSON.stringify([image, limits, gpu, Object.fromEntries(own), home && [home.path, home.size]])
}

async function tryKind(setup: Setup, spawner: Spawner, { names, course }: KindOfServer): Promise<Finding[]> {
  const [first = '', ...others] = names
  const who = others.length === 0 ? first : `${first} (${others.length} more alike: ${others.slice(0, 3).join(', ')})`
  try {
    const promised = promisedTo(setup, course)
    const spawnerName = setup.config.spawner.name
    return await withHome(setup, spawner, course, async (home) => {
      const trials = trialsOf(promised, spawnerName, home && spawner.folderOf(home))
      const run = async (some: Trials) => {
        const end = await runToEnd(setup, spawner, course, home, some)
        return { who, spawner: spawnerName, promised, lines: end.lines ?? [], end }
      }
      const waiting = trials.rooms.filter(({ waits }) => waits)
      const found = judgeLimitsInside(await run({ ...trials, rooms: trials.rooms.filter(({ waits }) => !waits) }))
      if (waiting.length === 0) return found
      // What ends a server would end its other trials too.
      const alone = { burners: 0, mostPids: 0, memory: { chunks: 0, chunkKilobytes: 0 }, rooms: waiting }
      const disk = judgeDiskAlone(await run(alone))
      return [...found.filter(({ check }) => check !== disk.check), disk]
    })
  } catch (error) {
    setup.signal.throwIfAborted()
    const { detail } = error as { detail?: string }
    return [
      unknown(
        `limits of ${who}`,
        `no server could try them: ${messageOf(error)}${detail === undefined ? '' : ` (${detail})`}`,
      ),
    ]
  }
}

const known = z.object({
  pidsLimit: z.number().optional().catch(undefined),
  openFiles: z.number().optional().catch(undefined),
  disk: z.string().optional().catch(undefined),
  ephemeralStorage: z.string().optional().catch(undefined),
})

/** Returns what a server of the course gets at most, by the course and by the options of its spawner. */
function promisedTo({ config: { spawner } }: Setup, { limits, options, home }: Course): Promised {
  const said = spawner.settings?.().effective
  const { pidsLimit, openFiles, disk, ephemeralStorage } = known.parse({ ...(said as object), ...options })
  const size = disk ?? ephemeralStorage
  const isLimited = limits.memory !== undefined && Number.isFinite(limits.memory)
  return {
    cpu: limits.cpu,
    memory: isLimited ? limits.memory : undefined,
    pids: pidsLimit,
    openFiles,
    disk: size === undefined ? undefined : bytesOf(size),
    home: home?.size,
  }
}

function trialsOf({ cpu, memory, disk, home }: Promised, spawner: string, homeFolder: string | undefined): Trials {
  const isTried = memory !== undefined && memory <= mostMemory
  // More than a quarter of the limit would not fit into one read of zeros where the limit is large.
  const chunkKilobytes = Math.max(1024, Math.round((memory ?? 0) / 4 / 1024))
  return {
    burners: Math.min(16, Math.ceil(cpu ?? 1) + 1),
    // Each takes some memory, too.
    mostPids: Math.min(2048, Math.floor((memory ?? 0) / 150_000)),
    memory: { chunks: isTried ? 5 : 0, chunkKilobytes },
    rooms: [
      ...(home !== undefined && homeFolder !== undefined
        ? [{ name: 'home' as const, path: homeFolder, kilobytes: home / 1024 }]
        : []),
      ...(disk === undefined
        ? []
        : [{ name: 'disk' as const, path: '.', kilobytes: disk / 1024, waits: spawner === 'kubernetes' }]),
    ],
  }
}

type Exited = Extract<ServerStatus, { state: 'exited' }>

/** Runs the trials in a server of the course, and resolves with how it has ended. Nothing of it is left then. */
async function runToEnd(
  setup: Setup,
  spawner: Spawner,
  course: Course,
  home: MountedHome | undefined,
  trials: Trials,
): Promise<Exited> {
  const key: ServerKey = { server: newId(), run: 1 }
  let isStarted = false
  try {
    const { spec } = probeSpec(spawner, { ...course, command: ['sh', '-c', limitsProgram(trials)] }, setup, {
      key,
      home,
    })
    const { state } = await spawner.start(spec, contextOf(setup, course))
    isStarted = true
    const deadline = performance.now() + mostMilliseconds
    for (;;) {
      const status = await spawner.poll(key, state)
      if (status.state === 'exited') return status
      if (status.state === 'gone') throw new Error('the server has disappeared')
      if (performance.now() > deadline) throw new Error('the program did not come to its end')
      await sleep(500, undefined, { signal: setup.signal })
    }
  } finally {
    await removeProbes(spawner, [key], !isStarted)
  }
}

/** Calls `use` with a home like those of the course, whose size is to be tried, and removes it. */
async function withHome<T>(
  setup: Setup,
  spawner: Spawner,
  { id: course, home }: Course,
  use: (home: MountedHome | undefined) => Promise<T>,
): Promise<T> {
  if (home?.size === undefined || spawner.homes === undefined) return use(undefined)
  const id = newId()
  const state = await spawner.homes.make({ id, account, course, size: home.size }, { signal: setup.signal })
  try {
    return await use({ id, state, path: home.path, fromImage: false })
  } finally {
    await spawner.homes.remove(id, state)
  }
}

/** Removes homes of doctors that were killed. One that another doctor is using stays. */
async function removeOldHomes(spawner: Spawner): Promise<void> {
  const old = (await spawner.homes?.list())?.filter((home) => home.account === account) ?? []
  for (const { id, state } of old) await spawner.homes?.remove(id, state).catch(() => undefined)
}
