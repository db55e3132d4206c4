import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { SpawnError } from '../spawner.ts'

/** Variables of the hub's own environment that a server gets. Other variables may hold secrets. */
const passedOn = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR)$/

export interface ProgramPaths {
  /** The folder of Jupyter's programs. */
  programs: string
  folder: string
  workspace: string
}

/** Returns the environment of a server or errand. `name` is that of its folder. */
export function programEnvironment(
  name: string,
  env: Record<string, string>,
  { programs, folder, workspace }: ProgramPaths,
) {
  const ours = Object.entries(process.env).filter((entry): entry is [string, string] => passedOn.test(entry[0]))
  const environment: Record<string, string> = {
    ...Object.fromEntries(ours),
    // The user's settings for a Jupyter of their own (a password, a port) would break this one.
    JUPYTER_CONFIG_DIR: join(workspace, '.jupyter'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    IPYTHONDIR: join(workspace, '.ipython'),
    ...env,
  }
  const [mark, value] = runMark(name)
  return { ...environment, [mark]: value, PATH: searchPath(programs, env) }
}

/** Returns the folders in which the programs of a server are searched: those that its own `PATH` names, else the usual. */
export function searchPath(programs: string, env: Record<string, string>): string {
  return env.PATH ?? [programs, ...withoutNpm(process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin')].join(delimiter)
}

/** Returns the environment variable that marks a run or errand: every process of it inherits the variable. */
export function runMark(name: string): [name: string, value: string] {
  return ['CARREL_RUN', name]
}

/** Returns the path of a program: the name itself if it has a slash, else the first match in `path`. */
export async function findProgram(name: string, path: string): Promise<string> {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name))
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate
  }
  throw new SpawnError(`The program ${name} that this course needs is not installed here.`, {
    detail: name.includes('/') ? `${name} is not an executable file` : `no ${name} in ${path}`,
    lasts: true,
  })
}

/**
 * Returns the folders without those that `npm start` puts first, since Jupyter would run the node that it finds there.
 */
function withoutNpm(path: string): string[] {
  return path.split(delimiter).filter((folder) => !/(^|\/)node_modules(\/|$)/.test(folder))
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
