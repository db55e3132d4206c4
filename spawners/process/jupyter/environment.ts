/**
 * Installs JupyterLab into a virtual environment, `.jupyter/` in the checkout, on the first start.
 *
 * The environment is made under another name and renamed when it is complete, so `.jupyter/` always works. A first
 * start that was interrupted is repeated; of two at the same time, the later one removes its own environment. A link to
 * the environment of another checkout is followed, and what lies behind it is never changed.
 */
import { constants } from 'node:fs'
import { access, mkdtemp, readdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { undefinedIf } from '../../../net/error-code.ts'
import { identifyProcess, isAlive } from '../../../net/machine/process-identity.ts'
import { narrate } from './narration.ts'
import { findPython, type Python, runPython } from './python.ts'
import { trimJupyter } from './trim.ts'

export interface JupyterEnvironmentOptions {
  /** The folder that gets `.jupyter/`. Default: the folder of Carrel itself. */
  root?: string
  /** Name or path of the Python that makes the environment. Default: `python3`, else `python`. */
  python?: string | undefined
  env?: NodeJS.ProcessEnv
  report(line: string): void
  signal: AbortSignal
}

const requirements = ['jupyterlab>=4.2', 'notebook>=7.2', 'ipykernel>=6.29']

/** A package that takes half of Jupyter's start-up time, for one rare format check. Without it the check is skipped. */
const unwanted = 'rfc3987-syntax'

export function jupyterFolder(root: string = join(import.meta.dirname, '../../..')): string {
  return join(root, '.jupyter')
}

/** Makes `.jupyter/` unless it is complete already. Rejects with a message that names the remedy. */
export async function makeJupyterEnvironment(options: JupyterEnvironmentOptions): Promise<void> {
  const folder = jupyterFolder(options.root)
  await removeLeftovers(folder)
  if (await isWhole(folder)) return
  const target = await readlink(folder).catch(undefinedIf('ENOENT', 'EINVAL'))
  if (target !== undefined) throw new Error(brokenLink(folder, target))
  const python = await findPython(options)
  options.report('Installing JupyterLab into .jupyter, once (about a minute) …')
  const draft = await mkdtemp(`${folder}.`)
  try {
    await writeFile(join(draft, makerFile), JSON.stringify(await identifyProcess(process.pid)))
    await narrate(options.report, (report) => install(draft, python, report, options))
    await trimJupyter(draft)
    await retarget(draft, folder)
    await rm(join(draft, makerFile))
    await putInPlace(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
  }
  options.report('JupyterLab is installed.')
}

async function install(
  draft: string,
  python: Python,
  report: Report,
  options: JupyterEnvironmentOptions,
): Promise<void> {
  report('making a virtual environment')
  const made = await runPython(python.program, ['-m', 'venv', draft], options)
  if (made.code !== 0) {
    throw new Error(
      `${python.program} (Python ${python.version}) could not make a virtual environment.\n${made.lines.join('\n')}`,
    )
  }
  const own = { ...options, onLine: (line: string) => report(meaningOf(line)) }
  const pip = ['-m', 'pip', '--no-input', '--disable-pip-version-check', '--no-color']
  const ours = join(draft, 'bin', 'python')
  const installed = await runPython(ours, [...pip, 'install', '--progress-bar', 'off', ...requirements], own)
  if (installed.code !== 0) throw new Error(cannotInstall(installed.lines))
  const removed = await runPython(ours, [...pip, 'uninstall', '--yes', unwanted], options)
  if (removed.code !== 0) throw new Error(`pip could not remove ${unwanted}.\n${removed.lines.join('\n')}`)
}

type Report = (text: string | undefined) => void

/** Translates a line of pip for a person who waits; returns undefined when the line says nothing of interest. */
function meaningOf(line: string): string | undefined {
  const [, verb, text = ''] = /^(Collecting|Installing collected packages:) (.*)/.exec(line.trim()) ?? []
  if (verb === undefined) return undefined
  if (verb !== 'Collecting') return `unpacking ${text.split(', ').length} packages`
  return `fetching ${/^[\w.-]+/.exec(text)?.[0] ?? text}`
}

function cannotInstall(lines: string[]): string {
  return [
    'pip could not install JupyterLab:',
    ...lines.filter((line) => !/^(\[notice\]|WARNING: Running pip as)/.test(line)).map((line) => `  ${line}`),
    'If this machine reaches no package index, tell pip where one is (PIP_INDEX_URL=https://…/simple, or pip.conf)',
    "and start again; or name a Jupyter that is there in the config: processSpawner({ jupyter: '/path/to/bin/jupyter' }).",
  ].join('\n')
}

function brokenLink(folder: string, target: string): string {
  return `${folder} is a link to ${target}, where no complete JupyterLab is that Carrel has installed. Correct the link, or remove it: the next start then installs JupyterLab in its place.`
}

/** Replaces the path of `draft` in all scripts and in `pyvenv.cfg`, which name the interpreter by its full path. */
async function retarget(draft: string, folder: string): Promise<void> {
  const entries = await readdir(join(draft, 'bin'), { withFileTypes: true })
  const scripts = entries.filter((entry) => entry.isFile()).map((entry) => join(draft, 'bin', entry.name))
  for (const file of [...scripts, join(draft, 'pyvenv.cfg')]) {
    const before = await readFile(file, 'latin1')
    const after = before.replaceAll(latin1(draft), latin1(folder))
    if (after !== before) await writeFile(file, after, 'latin1')
  }
}

/** Returns the bytes of a path, one character each, so that files that are not UTF-8 are not damaged. */
function latin1(path: string): string {
  return Buffer.from(path).toString('latin1')
}

async function putInPlace(draft: string, folder: string): Promise<void> {
  const isTaken = undefinedIf('ENOTEMPTY', 'EEXIST')
  await rename(draft, folder).catch(isTaken)
  if (await isWhole(folder)) return
  await rename(folder, `${draft}.broken`)
  await rename(draft, folder).catch(isTaken)
  await rm(`${draft}.broken`, { recursive: true, force: true, maxRetries: 5 })
}

/** Returns whether the environment works. It does not after its Python was removed, or the checkout was moved. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    await access(join(folder, 'bin', 'python'), constants.X_OK)
    const script = await readFile(join(folder, 'bin', 'jupyter-lab'), 'utf8')
    return [folder, await realpath(folder)].some((path) => script.includes(`${path}/bin/python`))
  } catch {
    return false
  }
}

const makerFile = 'carrel-maker.json'

/** Removes drafts whose maker has ended, and drafts without a maker's file that are older than a minute. */
async function removeLeftovers(folder: string): Promise<void> {
  const root = dirname(folder)
  const names = (await readdir(root)).filter((name) => name.startsWith(`${basename(folder)}.`))
  for (const draft of names.map((name) => join(root, name))) {
    if (!(await isInUse(draft))) await rm(draft, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function isInUse(draft: string): Promise<boolean> {
  try {
    return await isAlive(JSON.parse(await readFile(join(draft, makerFile), 'utf8')))
  } catch {
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: 0 }))
    return Date.now() - mtimeMs < 60_000
  }
}
