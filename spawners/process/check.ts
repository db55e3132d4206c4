/** Looks whether servers of courses could start as processes: whether their folders, files and programs are there. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CheckedCourse, Look } from '../spawner.ts'
import { findProgram } from './program.ts'

interface Programs {
  jupyter: string | undefined
  python: string | undefined
}

export async function checkFolders(programs: Programs, courses: readonly CheckedCourse[]): Promise<Look[]> {
  return [...(await checkProgram(programs)), ...(await Promise.all(courses.map(checkFolder)))]
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

async function checkFolder({ name: course, image, start, home }: CheckedCourse): Promise<Look> {
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
