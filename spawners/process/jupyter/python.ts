import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { codeOf } from '../../../net/error-code.ts'

export interface Python {
  program: string
  version: string
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  signal: AbortSignal
  onLine?: (line: string) => void
}

const oldest = [3, 9] as const

/** Returns a Python that can make virtual environments, or rejects with an error that says what to install. */
export async function findPython(options: RunOptions & { python?: string | undefined }): Promise<Python> {
  const candidates = options.python === undefined ? ['python3', 'python'] : [options.python]
  const tooOld: string[] = []
  for (const program of candidates) {
    const version = await versionOf(program, options)
    if (version === undefined) continue
    if (!isNewEnough(version)) tooOld.push(`${program} is ${version}`)
    else return await withVenv({ program, version }, options)
  }
  throw new Error(noPython(candidates, tooOld))
}

/** Runs a program to its end. The `lines` of the result are the last lines that it printed, on either stream. */
export async function runPython(program: string, args: string[], options: RunOptions) {
  options.signal.throwIfAborted()
  const child = spawn(program, args, {
    env: { ...withoutSurprises(options.env ?? process.env), PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a process group of its own, so that programs that pip and venv start end with them.
    detached: true,
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > 15) lines.shift()
      options.onLine?.(line)
    })
  }
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL')
  options.signal.addEventListener('abort', end)
  try {
    const [code] = await once(child, 'close')
    options.signal.throwIfAborted()
    return { code: code as number | null, lines }
  } finally {
    options.signal.removeEventListener('abort', end)
  }
}

/**
 * Removes settings that would install packages elsewhere than into the environment. Settings of package indexes stay.
 */
function withoutSurprises(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = /^(PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|PIP_(USER|TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV|PYTHON))$/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !unwanted.test(name)))
}

async function versionOf(program: string, options: RunOptions): Promise<string | undefined> {
  const script = 'import platform; print(platform.python_version())'
  try {
    const { code, lines } = await runPython(program, ['-c', script], { ...options, onLine: () => undefined })
    const last = lines.at(-1)?.trim() ?? ''
    return code === 0 && /^\d+\.\d+/.test(last) ? last : undefined
  } catch (error) {
    options.signal.throwIfAborted()
    if (['ENOENT', 'EACCES'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

/** Checks that Python has ensurepip, which Debian ships separately and without which `venv` fails half-way. */
async function withVenv(python: Python, options: RunOptions): Promise<Python> {
  const { code } = await runPython(python.program, ['-c', 'import venv, ensurepip'], options)
  if (code === 0) return python
  throw new Error(
    [
      `${python.program} (Python ${python.version}) cannot make virtual environments: its venv or ensurepip module is missing.`,
      'Debian and Ubuntu: sudo apt install python3-venv. Then start again.',
    ].join('\n'),
  )
}

function noPython(candidates: string[], tooOld: string[]): string {
  const found = tooOld.length > 0 ? tooOld.join(', ') : `${candidates.join(' and ')} not found`
  return [
    `JupyterLab needs Python ${oldest.join('.')} or newer, and there is none here (${found}).`,
    'Debian and Ubuntu: sudo apt install python3 python3-venv. macOS: brew install python. Then start again.',
    "Or name one that is there in the config: processSpawner({ python: '/path/to/python3' }), or a Jupyter that is",
    "installed already: processSpawner({ jupyter: '/path/to/bin/jupyter' }).",
  ].join('\n')
}
