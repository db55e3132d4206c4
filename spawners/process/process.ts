/**
 * Starts servers as processes of this machine, for one person. This is the spawner of the default config.
 *
 * A run is a folder (`run.ts`), found by its name alone, so a restarted hub needs nothing from the one that started it.
 * Servers listen on a unix socket in that folder, or on a loopback port if their program knows no sockets. Servers are not
 * isolated from each other or from the hub: learners' code runs as the hub's own user. So only loopback addresses are
 * allowed. No limit is enforced.
 */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { socketUrl } from '../../net/endpoint.ts'
import { openRunDir } from '../../net/machine/run-dir.ts'
import { readSettings } from '../../net/settings/read.ts'
import { readSecretEnv, secretEnvSchema } from '../options/secret-env.ts'
import { optionsFor, type SpawnerOptions, serverOptionsOf } from '../options/server-options.ts'
import {
  type OpenContext,
  type ServerKey,
  type ServerSpec,
  SpawnError,
  type Spawner,
  type SpawnerPlugin,
} from '../spawner.ts'
import { openBundles } from './bundles.ts'
import { checkFolders, noSuchProgram } from './check.ts'
import { endRun } from './end.ts'
import { listErrands, processErrands } from './errands.ts'
import { homeFiles, openHomes } from './homes.ts'
import { jupyterFolder, makeJupyterEnvironment } from './jupyter/environment.ts'
import { installedId } from './jupyter/installed.ts'
import { layLinks } from './laid.ts'
import { layBundles, layServerFiles } from './lay-files.ts'
import { memoryOfRuns } from './memory.ts'
import { isOnPort, portProblem, runAddress } from './port.ts'
import { findProgram, programEnvironment, searchPath } from './program.ts'
import {
  type About,
  forbidStart,
  hasStarted,
  lastLogLines,
  listRuns,
  makeRun,
  readRun,
  removeRun,
  runStatus,
} from './run.ts'
import { runFolder, runName, runSocket } from './run-folder.ts'
import { startProcess } from './start-process.ts'
import { forgetWorkspace, namesAtStart, openWorkspaces, workspaceOf } from './workspace.ts'

const optionsSchema = z.strictObject({
  /**
   * A `jupyter` that is installed, with JupyterLab beside it: `/opt/jupyter/bin/jupyter`. Then Carrel installs none.
   */
  jupyter: z.string().startsWith('/', 'is the full path of a jupyter program').optional(),
  /** The Python with which Carrel makes the environment of JupyterLab. Default: `python3`, else `python`. */
  python: z.string().min(1).optional(),
  /**
   * Variables of servers whose values stand in files, `{ API_KEY: '/etc/carrel/api-key' }`: read at each start, without one
   * newline at the end. A variable of the course's `env` comes first. A course or a rule may say this for its servers.
   */
  secretEnv: secretEnvSchema.default({}),
})

type Options = SpawnerOptions<typeof optionsSchema>

export type ProcessSpawnerOptions = z.input<typeof optionsSchema>

const homes = { enforcesSize: false }

export function processSpawner(options: ProcessSpawnerOptions = {}): SpawnerPlugin {
  const { settings, refusal } = readSettings(optionsSchema, options)
  if (refusal !== undefined)
    return { name: 'process', enforcesLimits: false, homes, refusal, open: () => Promise.reject(refusal) }
  const { jupyter, python } = settings
  const serverOptions: Options = { schema: optionsSchema, settings, names: ['secretEnv'] }
  const programs = jupyter === undefined ? join(jupyterFolder(), 'bin') : dirname(jupyter)
  return {
    name: 'process',
    enforcesLimits: false,
    homes,
    settings: () => ({ given: options, effective: settings }),
    serverOptions: serverOptionsOf(serverOptions),
    check: ({ courses }) => checkFolders({ jupyter, python, programs }, courses),
    async prepare({ report, signal }) {
      if (jupyter === undefined) await makeJupyterEnvironment({ python, report, signal })
      else await mustBeThere(jupyter)
    },
    open: (context) => openProcessSpawner(context, programs, serverOptions),
  }
}

async function openProcessSpawner(context: OpenContext, programs: string, options: Options): Promise<Spawner> {
  const { installation, dataDir } = context
  mustBeLoopback('hub.url', context.hubUrl)
  mustBeLoopback('servers.url', context.serversUrl)
  const runDir = await openRunDir(dataDir, process.env, context.warn)
  await openWorkspaces(dataDir, context.warn)
  const warned = new Set<string>()

  const isOurs = (about: About | undefined): about is About =>
    about?.installation.id === installation.id && about.installation.name === installation.name
  const findOurs = async (key: ServerKey) => {
    const about = await readRun(runFolder(runDir, key))
    return isOurs(about) ? about : undefined
  }

  const bundles = await openBundles({
    ...{ dataDir, installation, warn: context.warn },
    async isUsed(digest) {
      const all = [...(await listRuns(runDir)).filter(isOurs), ...(await listErrands(runDir, installation))]
      return all.some((about) => about.bundles.includes(digest))
    },
  })
  const place = { dataDir, bundles, warn: context.warn }

  return {
    keepsFiles: true,

    homes: await openHomes(dataDir, installation, context.warn),

    errands: processErrands({ runDir, programs, installation, place }),

    bundles,

    folderOf: (mounted) => ('digest' in mounted ? bundles.folderOf(mounted.digest) : homeFiles(dataDir, mounted.id)),

    listen: (key, only) => (only === 'port' ? runAddress(key) : { socket: runSocket(runDir, key) }),

    async start(spec, { signal, report, record, bundle }) {
      signal.throwIfAborted()
      warnOfLimits(spec, warned, context.warn)
      warnOfPort(spec, warned, context.warn)
      const folder = runFolder(runDir, spec)
      const { server, run, hash } = spec
      const used = spec.bundles.map(({ digest }) => digest)
      const { ip, port } = runAddress(spec)
      const onPort = isOnPort(spec)
      const made = await makeRun(runDir, { installation, server, run, hash, bundles: used, ...(onPort && { port }) })
      if (!made) mustAgree(spec, await findOurs(spec))
      const url = onPort ? `http://${ip}:${port}` : socketUrl(runSocket(runDir, spec))
      const image = await installedOf(programs, spec)
      const started = { url, state: {}, adopted: !made, ...(image !== undefined && { image }) }
      if (!made && (await hasStarted(folder))) return started

      const workspace = spec.home === undefined ? workspaceOf(dataDir, server) : homeFiles(dataDir, spec.home.id)
      const secrets = await readSecretEnv(optionsFor(options, spec.options).secretEnv)
      const env = programEnvironment(runName(spec), { ...secrets, ...spec.env }, { programs, folder, workspace })
      const [name = '', ...args] = spec.command
      const program = await findProgram(name, env.PATH)
      report({ phase: 'creating', message: 'Preparing the workspace' })
      await layServerFiles(place, server, spec)
      const linked = await layLinks({ dataDir, folderOf: bundles.folderOf }, server, spec, [program, ...args])
      const command = await layBundles(place, spec, linked, { signal, bundle })
      signal.throwIfAborted()
      await record(started.state)
      signal.throwIfAborted()
      report({ phase: 'starting', message: 'Starting the notebook server' })
      const problem = onPort ? await portProblem(runDir, spec) : undefined
      // Another start of this very run may have been faster, and its program answers there.
      if (problem !== undefined && !(await hasStarted(folder))) throw problem
      await startProcess(folder, { command, env, workspace })
      return started
    },

    async poll(key) {
      return (await findOurs(key)) === undefined ? { state: 'gone' } : runStatus(runFolder(runDir, key))
    },

    async lastLines(key) {
      return (await findOurs(key)) === undefined ? [] : lastLogLines(runFolder(runDir, key), 50)
    },

    async stop({ server, run }, _state, options) {
      const found = await listRuns(runDir, server)
      const runs = found.filter((about) => isOurs(about) && about.run <= run)
      await Promise.all(
        runs.map(async (about) => {
          const folder = runFolder(runDir, about)
          await endRun(runName(about), await forbidStart(folder), options)
          await removeRun(folder)
        }),
      )
    },

    async list() {
      const ours = (await listRuns(runDir)).filter(isOurs)
      return Promise.all(
        ours.map(async ({ server, run, hash }) => {
          const name = runFolder(runDir, { server, run })
          return { server, run, hash, name, running: (await runStatus(name)).state === 'running' }
        }),
      )
    },

    forget: (server) => forgetWorkspace(dataDir, server),

    memoryOf: memoryOfRuns,

    filesAtStart: (start, folder) => namesAtStart(dataDir, start, folder),
  }
}

/** Returns the id of what is installed where the program of a server is; undefined where that is another place. */
async function installedOf(programs: string, { command, env }: ServerSpec): Promise<string | undefined> {
  const program = await findProgram(command[0] ?? '', searchPath(programs, env)).catch(() => undefined)
  return program !== undefined && dirname(program) === programs ? installedId(programs) : undefined
}

function mustAgree(spec: ServerSpec, about: About | undefined): void {
  if (about?.hash === spec.hash) return
  throw new SpawnError('Another notebook server is in the place of this one.', {
    otherSpec: about !== undefined,
    detail:
      about === undefined
        ? `run ${spec.run} of ${spec.server} belongs to another installation, or was just stopped`
        : `run ${spec.run} of ${spec.server} was made with spec ${about.hash}, not ${spec.hash}`,
  })
}

function warnOfLimits(spec: ServerSpec, warned: Set<string>, warn: (message: string) => void): void {
  const limits = Object.entries(spec.limits).filter(([, value]) => value !== undefined)
  if (limits.length === 0 || warned.has(`limits ${spec.course}`)) return
  warned.add(`limits ${spec.course}`)
  const names = limits.map(([name]) => name).join(', ')
  warn(`The process spawner enforces no limits; ${names} of course ${spec.course} have no effect.`)
}

function warnOfPort(spec: ServerSpec, warned: Set<string>, warn: (message: string) => void): void {
  if (!isOnPort(spec) || warned.has(`port ${spec.course}`)) return
  warned.add(`port ${spec.course}`)
  warn(
    [
      `The program of course ${spec.course} listens on a port, which every account of this machine reaches, and to which pages`,
      "of any site may send requests from a browser here. Let it listen on a socket (listens: 'socket') or have it check the",
      'token of its server (authorization), if it can.',
    ].join(' '),
  )
}

function mustBeLoopback(setting: string, url: string): void {
  const host = new URL(url).hostname
  if (/^(127\.\d+\.\d+\.\d+|\[::1\]|(\*\.)?([a-z0-9-]+\.)*localhost)$/i.test(host)) return
  throw new Error(
    [
      `The process spawner is for one person on one machine, and ${setting} is ${url}: others could reach it, and their`,
      'code would run as your user. Use a loopback address (http://127.0.0.1:8000, http://localhost:8000), or',
      'dockerSpawner() or kubernetesSpawner() in the config.',
    ].join('\n'),
  )
}

async function mustBeThere(jupyter: string): Promise<void> {
  try {
    await access(jupyter, constants.X_OK)
  } catch (cause) {
    throw new Error(noSuchProgram('jupyter', jupyter), { cause })
  }
}
