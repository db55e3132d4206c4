import {
  type ServerProgram,
  speaksJupyter,
  startedCommand,
  type WebProgram,
  withWords,
} from '../../courses/programs.ts'
import { type Key, serverToken } from '../../seats/keys.ts'
import { hubPrefixOf } from '../../seats/links.ts'
import type { MountedBundle, MountedHome } from '../../spawners/files.ts'
import type { Listen, ServerSpec } from '../../spawners/spawner.ts'
import { definitionOf } from '../db/servers/definitions.ts'
import type { MadeOf } from '../made-of/made-of.ts'

export interface SpecInput {
  server: string
  run: number
  madeOf: MadeOf
  user: string
  path: string
  listen: Listen
  key: Key
  /** Returns the folder in which the server's program sees a bundle. Default: the bundle's path. */
  folderOf?: (bundle: MountedBundle) => string
  /** The learner's home, and the folder in which the program sees it. */
  home?: { mounted: MountedHome; folder: string } | undefined
  /** Variables that a hook of the config gives this run. They are secret, and so no part of the hash. */
  secretEnv?: Record<string, string>
}

/** Returns where a spawner shall tell a program to listen: on a port, where the program can do nothing else. Pure. */
export function listensOnly(program: ServerProgram): 'port' | undefined {
  return speaksJupyter(program) || program.listens === 'socket' ? undefined : 'port'
}

/** Returns whether a program can listen where the spawner wants it to. Jupyter can everywhere. Pure. */
export function canListen(program: ServerProgram, listen: Listen): boolean {
  return speaksJupyter(program) || program.listens in listen
}

/** Returns what to start for one run. Pure, so that a restarted hub, or another hub, comes to the same result. */
export function serverSpec(input: SpecInput): ServerSpec {
  const { server, run, user, madeOf } = input
  const { course, image, program, limits, gpu, options, bundles, links } = madeOf
  const open = {
    course,
    user,
    image,
    ...(speaksJupyter(program) ? jupyterStart(input, program) : webStart(input, program)),
    limits,
    gpu,
    ...(Object.keys(options).length > 0 && { options }),
    bundles,
    ...(links.length > 0 && { links }),
    ...(input.home && { home: input.home.mounted }),
  }
  const hash = definitionOf(open).digest
  const listen = listensOnly(program) && { listen: input.listen }
  return { server, run, hash, ...open, ...listen, env: { ...withToken(input, open.env), ...input.secretEnv } }
}

/** The command and the variables of a run, without secrets. */
type Start = Pick<ServerSpec, 'command' | 'env'>

function jupyterStart(input: SpecInput, program: 'jupyter' | 'notebook-6'): Start {
  const { env, bundles, written } = input.madeOf
  return {
    command: [...startedCommand(input.madeOf), ...jupyterArguments(input, program)],
    env: {
      ...runtimeFolder(input),
      ...withFolders(env, bundles, input.folderOf),
      ...written,
      ...hubEnvironment(input),
    },
  }
}

/**
 * Returns the folder for what Jupyter must write in order to start. Where a container's home takes the whole folder of its
 * user, a full one would else keep Jupyter from starting, so that nothing could be deleted any more.
 */
function runtimeFolder({ home }: SpecInput): Record<string, string> {
  const isInContainer = home !== undefined && home.folder === home.mounted.path
  return isInContainer ? { JUPYTER_RUNTIME_DIR: '/tmp/carrel-jupyter-runtime' } : {}
}

/**
 * Returns the command of a web program, to which nothing is appended. Such a program knows nothing of the hub, and so gets
 * none of the hub's variables.
 */
function webStart({ listen, path, home, folderOf, madeOf }: SpecInput, { command }: WebProgram): Start {
  const address =
    'socket' in listen ? { socket: listen.socket } : { port: String(listen.port), ip: listen.ip ?? '0.0.0.0' }
  const values = { ...address, prefix: path.slice(0, -1), folder: home?.folder ?? '.', start: madeOf.start }
  const env = Object.entries(withFolders(madeOf.env, madeOf.bundles, folderOf))
  return {
    command: command.map((text) => withWords(text, values)),
    env: { ...Object.fromEntries(env.map(([name, value]) => [name, withWords(value, values)])), ...madeOf.written },
  }
}

/** Returns the variables with the server's token. It is never an argument, since process lists show arguments. */
function withToken({ key, server, run, madeOf }: SpecInput, env: Record<string, string>): Record<string, string> {
  const token = serverToken(key, server, run)
  if (speaksJupyter(madeOf.program)) {
    return { ...env, JUPYTER_TOKEN: token, ...(madeOf.internalUrl !== undefined && { JUPYTERHUB_API_TOKEN: token }) }
  }
  const words = Object.entries(env).map(([name, value]) => [name, withWords(value, { token })])
  return { ...Object.fromEntries(words), ...madeOf.written }
}

/** Returns variables in which paths in bundles, also several with colons between them, are as the program sees them. */
function withFolders(
  env: Record<string, string>,
  bundles: MountedBundle[],
  folderOf: (bundle: MountedBundle) => string = ({ path }) => path,
): Record<string, string> {
  const seen = (part: string) => {
    const its = bundles.find(({ path }) => part === path || part.startsWith(`${path}/`))
    return its === undefined ? part : folderOf(its) + part.slice(its.path.length)
  }
  const entries = Object.entries(env).map(([name, value]) => [name, value.split(':').map(seen).join(':')])
  return Object.fromEntries(entries)
}

/**
 * Returns the variables by which programs know the hub, under JupyterHub's names. Leaves out `JUPYTERHUB_SERVICE_URL`,
 * `_CLIENT_ID` and `_OAUTH_…`: they make programs sign visitors in by themselves, which the proxy has done.
 */
function hubEnvironment({ madeOf, user, path }: SpecInput): Record<string, string> {
  const { internalUrl, hubUrl, course } = madeOf
  if (internalUrl === undefined) return {}
  const api = `${internalUrl}/hub/api`
  return {
    JUPYTERHUB_API_URL: api,
    JUPYTERHUB_ACTIVITY_URL: `${api}/users/${encodeURIComponent(user)}/activity`,
    JUPYTERHUB_BASE_URL: '/',
    JUPYTERHUB_HOST: hubUrl,
    JUPYTERHUB_SERVICE_PREFIX: path,
    JUPYTERHUB_USER: user,
    JUPYTERHUB_SERVER_NAME: course,
  }
}

/** Returns the arguments of Jupyter Server, or those of the classic Notebook, which has the same options by another name. */
function jupyterArguments(
  { path, listen, madeOf, user, home }: SpecInput,
  program: 'jupyter' | 'notebook-6',
): string[] {
  // Inside the strip's page a page of the hub shows nowhere. So links to it lead through the server's own host, by which the
  // proxy leads all of the page there (proxy/desk/leave.ts).
  const hubHost = madeOf.strip ? '' : madeOf.hubUrl
  const app = program === 'jupyter' ? 'ServerApp' : 'NotebookApp'
  const settings = `{'hub_prefix': ${python(hubPrefixOf(path))}, 'hub_host': ${python(hubHost)}, 'user': ${python(user)}}`
  return [
    '--no-browser',
    ...('socket' in listen
      ? [`--${app}.sock=${listen.socket}`]
      : [`--${app}.ip=${listen.ip ?? '0.0.0.0'}`, `--${app}.port=${listen.port}`]),
    // With retries Jupyter would silently take the next port, to which another learner's route may point.
    `--${app}.port_retries=0`,
    `--${app}.base_url=${path}`,
    // Jupyter sees the public host, which the proxy has checked.
    `--${app}.allow_remote_access=True`,
    // The spawner and the image decide which user the server runs as.
    `--${app}.allow_root=True`,
    // Keeps the token out of JupyterLab's pages and gives it the hub's menu.
    `--${app}.tornado_settings=${settings}`,
    ...(madeOf.strip && program === 'jupyter' ? shownToStrip : []),
    ...(home === undefined ? [] : homeArguments(home.folder, program)),
  ]
}

/** JupyterLab and Notebook 7 show their parts to the page around them, so that the strip can save and reload documents. */
const shownToStrip = ['--LabApp.expose_app_in_browser=True', '--JupyterNotebookApp.expose_app_in_browser=True']

/** Returns arguments for files that last. Without a trash, which lies outside of the home, deleting frees space at once. */
function homeArguments(folder: string, program: 'jupyter' | 'notebook-6'): string[] {
  // Without a trash, the classic Notebook deletes only empty folders, and has no option for others.
  if (program === 'notebook-6')
    return [`--NotebookApp.notebook_dir=${folder}`, '--FileContentsManager.delete_to_trash=False']
  return [
    `--ServerApp.root_dir=${folder}`,
    '--FileContentsManager.delete_to_trash=False',
    // Without a trash, Jupyter deletes only empty folders unless this is set.
    '--FileContentsManager.always_delete_dir=True',
  ]
}

/** Returns a Python string literal. JSON's escapes mean the same in Python. */
function python(text: string): string {
  return JSON.stringify(text)
}
