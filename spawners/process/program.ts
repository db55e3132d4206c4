import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type ServerKey, type ServerSpec, SpawnError } from '../spawner.ts'

/** What of the hub's own environment a server may see. Everything else may be a secret. */
const passedOn = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR)$/

export interface ProgramPaths {
  /** The folder of Jupyter's programs. */
  programs: string
  folder: string
  workspace: string
}

export function serverEnvironment(spec: ServerSpec, { programs, folder, workspace }: ProgramPaths) {
  const ours = Object.entries(process.env).filter((entry): entry is [string, string] => passedOn.test(entry[0]))
  const environment: Record<string, string> = {
    ...Object.fromEntries(ours),
    PATH: [programs, ...withoutNpm(process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin')].join(delimiter),
    // What the user has configured for a Jupyter of their own (a password, a port) would break this one.
    JUPYTER_CONFIG_DIR: join(workspace, '.jupyter'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    IPYTHONDIR: join(workspace, '.ipython'),
    ...spec.env,
  }
  const [name, value] = runMark(spec)
  return { ...environment, [name]: value, PATH: environment.PATH ?? programs }
}

/** A variable that everything which a run starts inherits. */
export function runMark({ server, run }: ServerKey): [name: string, value: string] {
  return ['CARREL_RUN', `${server}-${run}`]
}

/** The full path of a program: as it is when it has a slash, else looked up as a shell would. */
export async function findProgram(name: string, path: string): Promise<string> {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name))
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate
  }
  throw new SpawnError(`The program ${name} that this course needs is not installed here.`, {
    detail: name.includes('/') ? `${name} is not an executable file` : `no ${name} in ${path}`,
  })
}

/** `npm start` puts its own folders first, and Jupyter would run the node that it finds there. */
function withoutNpm(path: string): string[] {
  return path.split(delimiter).filter((folder) => !/(^|\/)node_modules(\/|$)/.test(folder))
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
