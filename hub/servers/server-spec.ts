import { createHash } from 'node:crypto'
import type { Course } from '../../courses/course.ts'
import { type Key, serverToken } from '../../seats/keys.ts'
import { hubPrefixOf } from '../../seats/links.ts'
import type { Listen, ServerSpec } from '../../spawners/spawner.ts'

export interface SpecInput {
  server: string
  run: number
  course: Course
  user: string
  path: string
  listen: Listen
  hubUrl: string
  /** Where the server reaches the hub's internal listener. Undefined when the server gets no variables of the hub. */
  internalUrl: string | undefined
  key: Key
}

/** Returns what to start for one run. Pure, so that a restarted hub, or another hub, comes to the same result. */
export function serverSpec(input: SpecInput): ServerSpec {
  const { server, run, course, user } = input
  const open = {
    course: course.slug,
    user,
    image: course.image,
    command: [...(course.command ?? ['jupyter-lab']), ...jupyterArguments(input)],
    env: { ...course.env, ...hubEnvironment(input) },
    limits: course.limits,
    gpu: course.gpu,
    bundles: [],
  }
  const hash = createHash('sha256').update(canonical(open)).digest('hex')
  // The token is never an argument, since process lists show arguments.
  const token = serverToken(input.key, server, run)
  const env = {
    ...open.env,
    JUPYTER_TOKEN: token,
    ...(input.internalUrl !== undefined && { JUPYTERHUB_API_TOKEN: token }),
  }
  return { server, run, hash, ...open, env }
}

/**
 * Returns the variables by which programs know the hub, under JupyterHub's names. Leaves out `JUPYTERHUB_SERVICE_URL`,
 * `_CLIENT_ID` and `_OAUTH_…`: they make programs sign visitors in by themselves, which the proxy has done.
 */
function hubEnvironment({ internalUrl, hubUrl, user, course, path }: SpecInput): Record<string, string> {
  if (internalUrl === undefined) return {}
  const api = `${internalUrl}/hub/api`
  return {
    JUPYTERHUB_API_URL: api,
    JUPYTERHUB_ACTIVITY_URL: `${api}/users/${encodeURIComponent(user)}/activity`,
    JUPYTERHUB_BASE_URL: '/',
    JUPYTERHUB_HOST: hubUrl,
    JUPYTERHUB_SERVICE_PREFIX: path,
    JUPYTERHUB_USER: user,
    JUPYTERHUB_SERVER_NAME: course.slug,
  }
}

function jupyterArguments({ path, listen, hubUrl, user }: SpecInput): string[] {
  const settings = `{'hub_prefix': ${python(hubPrefixOf(path))}, 'hub_host': ${python(hubUrl)}, 'user': ${python(user)}}`
  return [
    '--no-browser',
    ...('socket' in listen
      ? [`--ServerApp.sock=${listen.socket}`]
      : ['--ServerApp.ip=0.0.0.0', `--ServerApp.port=${listen.port}`]),
    // With retries Jupyter would silently take the next port, to which another learner's route may point.
    '--ServerApp.port_retries=0',
    `--ServerApp.base_url=${path}`,
    // Jupyter sees the public host, which the proxy has checked.
    '--ServerApp.allow_remote_access=True',
    // The spawner and the image decide which user the server runs as.
    '--ServerApp.allow_root=True',
    // Keeps the token out of JupyterLab's pages and gives it the hub's menu.
    `--ServerApp.tornado_settings=${settings}`,
  ]
}

/** Returns a Python string literal. JSON's escapes mean the same in Python. */
function python(text: string): string {
  return JSON.stringify(text)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
