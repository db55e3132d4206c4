/** What the files of a repository ask for, step by step. */
import { aptPackages } from './apt.ts'
import { RecipeError } from './problem.ts'
import type { RecipeFiles } from './recipe-files.ts'
import { unsupportedFiles } from './unsupported.ts'

/** What is installed into an image, in the order of the fields, and what was noticed on the way. */
export interface RecipeSteps {
  apt: string[]
  conda?: { path: string; isLock: boolean } | undefined
  /** The version of Python that the base image must have. */
  python?: string | undefined
  requirements?: string | undefined
  /** Whether the folder of the build is itself a package of Python. */
  isPackage: boolean
  installR?: string | undefined
  postBuild?: string | undefined
  start?: string | undefined
  /** The files that steps need; 'all' where it cannot be told which. */
  needs: 'all' | string[]
  copyFiles: boolean
  madeFrom: string[]
  warnings: string[]
}

export async function recipeSteps(files: RecipeFiles, copyFiles: boolean): Promise<RecipeSteps> {
  const problems: string[] = []
  const warnings: string[] = []
  /** Runs one part, so that all problems are told at once. */
  const part = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }

  const aptFile = files.find('apt.txt')
  const apt = (aptFile && (await part(() => aptPackages(files, aptFile)))) || []
  const lock = files.find('conda-lock.yml')
  const environment = files.find('environment.yml')
  const conda = lock ?? environment
  const requirements = conda === undefined ? files.find('requirements.txt') : undefined
  const project = await part(() => packageFile(files))
  const isPackage = conda === undefined && project !== undefined
  const installR = files.find('install.R')
  const postBuild = files.find('postBuild')
  const start = files.find('start')
  const python = await part(() => wantedPython(files, conda, warnings))
  if (postBuild !== undefined) await part(() => files.program(postBuild))
  if (start !== undefined) await part(() => checkStart(files, start, warnings))

  for (const unused of [lock && environment, conda && files.find('requirements.txt'), conda && project]) {
    if (unused) warnings.push(`${unused} has no effect beside ${conda}: name in ${conda} what it asks for.`)
  }
  const named = [conda, requirements, installR].filter((path) => path !== undefined)
  const texts = await Promise.all(named.map((path) => part(() => files.text(path))))
  const isReaching = isPackage || postBuild !== undefined || texts.some((text) => namesFiles(text ?? ''))
  const madeFrom = [
    ...[aptFile, conda, python && files.find('runtime.txt'), requirements, isPackage && project],
    ...[installR, postBuild, start],
  ].filter((path) => typeof path === 'string' && path !== '')
  const unsupported = unsupportedFiles(files)
  // Where something else says which packages there are, the image is of use without these.
  if (named.length > 0 || isPackage || postBuild !== undefined) warnings.push(...unsupported)
  else problems.push(...unsupported)
  if (problems.length === 0 && madeFrom.length === 0 && !copyFiles) {
    problems.push(
      `No file in ${files.folder || 'the folder of the build'} says how the image is made: add a Dockerfile, environment.yml or requirements.txt there, or correct folder.`,
    )
  }
  if (problems.length > 0) throw new RecipeError(problems)
  return {
    ...{ apt, python, requirements, isPackage, installR, postBuild, start, copyFiles, warnings },
    conda: conda === undefined ? undefined : { path: conda, isLock: lock !== undefined },
    needs: isReaching ? 'all' : named,
    madeFrom: madeFrom as string[],
  }
}

/** Returns the file that makes a package of Python of the folder. Many have a `pyproject.toml` for other programs alone. */
async function packageFile(files: RecipeFiles): Promise<string | undefined> {
  const project = files.findAtRoot('pyproject.toml')
  if (project !== undefined && /^\s*\[(project|build-system)\]/m.test(await files.text(project))) return project
  return files.findAtRoot('setup.py')
}

/** Returns the version of Python that `runtime.txt` asks for. */
async function wantedPython(files: RecipeFiles, conda: string | undefined, warnings: string[]) {
  const path = files.find('runtime.txt')
  if (path === undefined) return
  if (conda !== undefined) {
    warnings.push(`${path} has no effect beside ${conda}: name the version there, as python=3.12.`)
    return
  }
  const [first] = await files.lines(path)
  const [, version] = /^python-(3(?:\.\d{1,2}){0,2})$/.exec(first?.line ?? '') ?? []
  if (version !== undefined) return version
  throw new RecipeError([
    `${path}, line ${first?.at ?? 1}: only python-3.12 and the like can be asked for, and the base image must have it: remove the file, and choose a base image with what it wants.`,
  ])
}

async function checkStart(files: RecipeFiles, path: string, warnings: string[]): Promise<void> {
  if (!/\$[@*]|\$\{@\}/.test(await files.program(path))) {
    warnings.push(`${path} never starts what it is given: end it with exec "$@", or no server starts.`)
  }
}

/** Returns whether a list of packages may name other files of the repository. Pure. */
function namesFiles(text: string): boolean {
  return /(^|[\s"'[=@])(-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links|\.{1,2}\/|\.(?=$|[\s"'[])|file:)|^\s*[\w.-]+\/|source\(|\.(whl|tar\.gz|zip)\b/m.test(
    text,
  )
}
