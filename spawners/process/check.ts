/** Looks whether servers of courses could start as processes: whether their folders, files and programs are there. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CheckedCourse, type Look, SpawnError } from '../spawner.ts'
import { findProgram, searchPath } from './program.ts'

interface Programs {
  jupyter: string | undefined
  python: string | undefined
  /** The folder of Jupyter's programs. */
  programs: string
}

export async function checkFolders(programs: Programs, courses: readonly CheckedCourse[]): Promise<Look[]> {
  const looks = courses.map(async (course) => {
    const look = await checkFolder(course)
    return look.verdict === 'problem' ? look : ((await checkCommand(course, programs)) ?? look)
  })
  return [...(await checkProgram(programs)), ...(await Promise.all(looks))]
}

/** Returns what to do about a program that an option of the spawner names and that is not there. */
export function noSuchProgram(option: 'jupyter' | 'python', program: string): string {
  return (
    `The config says processSpawner({ ${option}: '${program}' }), and there is no such program. ` +
    'Correct the path, or leave it out and Carrel installs JupyterLab by itself.'
  )
}

/** Looks for the program that an option names, although an environment that was made earlier may not need it. */
async function checkProgram({ jupyter, python }: Programs): Promise<Look[]> {
  const [option, program] = jupyter === undefined ? (['python', python] as const) : (['jupyter', jupyter] as const)
  if (program === undefined) return []
  try {
    return [
      { verdict: 'ok', message: `the program that it uses is ${await findProgram(program, process.env.PATH ?? '')}` },
    ]
  } catch {
    return [{ verdict: 'problem', message: noSuchProgram(option, program) }]
  }
}

/** Returns the problem with a course whose program is not there; undefined when the program is there, or cannot be judged. */
async function checkCommand({ name: course, command, env = {} }: CheckedCourse, { programs }: Programs) {
  const [name] = command ?? []
  if (name === undefined || name.includes('{')) return undefined
  // The first start installs Jupyter.
  if (/^jupyter\b/.test(name) && !(await isThere(programs, 'folder'))) return undefined
  try {
    await findProgram(name, searchPath(programs, env))
    return undefined
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error
    const message = `its program is not there: ${error.detail}. Install it, or correct its name or path.`
    return { course, verdict: 'problem' as const, message }
  }
}

async function checkFolder({ name: course, image, start, home }: CheckedCourse): Promise<Look> {
  if (image === undefined) return { course, verdict: 'unknown', message: 'what is in the image that the hub builds' }
  const folder = resolve(image)
  if (image !== '' && home !== undefined && home.from !== 'image') {
    const message = `no file of ${folder} comes into its homes. Say home.from: 'image', or take the image out.`
    return { course, verdict: 'problem', message }
  }
  if (image !== '' && !(await isThere(folder, 'folder'))) {
    const message = `its image should be a folder with files to start from, and ${folder} is none. Correct the path, or make the folder.`
    return { course, verdict: 'problem', message }
  }
  if (start !== undefined && (image === '' || !(await isThere(join(folder, start), 'file')))) {
    const place = image === '' ? 'its image names no folder' : `there is no such file in ${folder}`
    return {
      course,
      verdict: 'problem',
      message: `start is ${start}, and ${place}. Correct start, or put the file there.`,
    }
  }
  const empty = `its ${home === undefined ? 'workspaces' : 'homes'} begin empty`
  const begin = image === '' ? empty : `its files are in ${folder}`
  return { course, verdict: 'ok', message: start === undefined ? begin : `${begin}, with ${start}` }
}

async function isThere(path: string, kind: 'folder' | 'file'): Promise<boolean> {
  return stat(path).then(
    (found) => (kind === 'folder' ? found.isDirectory() : !found.isDirectory()),
    () => false,
  )
}
