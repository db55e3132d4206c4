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
}

/** Returns what to start for one run. Pure, so that a restarted hub, or another hub, comes to the same result. */
export function serverSpec(input: SpecInput): ServerSpec {
  const { server, run, user } = input
  const { course, image, command, env: ownEnv, limits, gpu, options, internalUrl, bundles } = input.madeOf
  const open = {
    course,
    user,
    image,
    command: [...(command ?? ['jupyter-lab']), ...jupyterArguments(input)],
    env: { ...withFolders(ownEnv, bundles, input.folderOf), ...hubEnvironment(input) },
    limits,
    gpu,
    ...(Object.keys(options).length > 0 && { options }),
    bundles,
    ...(input.home && { home: input.home.mounted }),
  }
  const hash = definitionOf(open).digest
  // The token is never an argument, since process lists show arguments.
  const token = serverToken(input.key, server, run)
  const env = {
    ...open.env,
    JUPYTER_TOKEN: token,
    ...(internalUrl !== undefined && { JUPYTERHUB_API_TOKEN: token }),
  }
  return { server, run, hash, ...open, env }
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

function jupyterArguments({ path, listen, madeOf, user, home }: SpecInput): string[] {
  const { hubUrl } = madeOf
  const settings = `{'hub_prefix': ${python(hubPrefixOf(path))}, 'hub_host': ${python(hubUrl)}, 'user': ${python(user)}}`
  return [
    '--no-browser',
    ...('socket' in listen
      ? [`--ServerApp.sock=${listen.socket}`]
      : [`--ServerApp.ip=${listen.ip ?? '0.0.0.0'}`, `--ServerApp.port=${listen.port}`]),
    // With retries Jupyter would silently take the next port, to which another learner's route may point.
    '--ServerApp.port_retries=0',
    `--ServerApp.base_url=${path}`,
    // Jupyter sees the public host, which the proxy has checked.
    '--ServerApp.allow_remote_access=True',
    // The spawner and the image decide which user the server runs as.
    '--ServerApp.allow_root=True',
    // Keeps the token out of JupyterLab's pages and gives it the hub's menu.
    `--ServerApp.tornado_settings=${settings}`,
    ...(home === undefined ? [] : homeArguments(home.folder)),
  ]
}

/** Returns arguments for files that last. Without a trash, which lies outside of the home, deleting frees space at once. */
function homeArguments(folder: string): string[] {
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
