/** The files by which repo2docker makes images, and what is said of those that count for nothing here. */
import type { RecipeFiles } from './recipe-files.ts'

/** The files that count, in the order in which they do. */
export const environmentFiles = [
  'apt.txt',
  'conda-lock.yml',
  'environment.yml',
  'requirements.txt',
  'pyproject.toml',
  'setup.py',
  'install.R',
  'postBuild',
  'start',
  'runtime.txt',
]

const packages = 'list its packages in environment.yml, requirements.txt or install.R, or add a Dockerfile'

/** Files that say which packages an image has, in ways that are not followed here, with a remedy for each. */
const others: Record<string, string> = {
  'default.nix': `packages of Nix are not installed: ${packages}`,
  'Project.toml': 'packages of Julia are not installed: add a Dockerfile, or install them in postBuild',
  'JuliaProject.toml': 'packages of Julia are not installed: add a Dockerfile, or install them in postBuild',
  REQUIRE: 'packages of Julia are not installed: add a Dockerfile, or install them in postBuild',
  DESCRIPTION: 'packages of R are not installed from it: install them in install.R',
  Pipfile: 'packages of pipenv are not installed: write them to requirements.txt (pipenv requirements)',
  'Pipfile.lock': 'packages of pipenv are not installed: write them to requirements.txt (pipenv requirements)',
  'requirements3.txt': 'is read by no step: rename it to requirements.txt',
  'environment.yaml': 'is read by no step under this name: rename it to environment.yml',
  'manifest.scm': `packages of Guix are not installed: ${packages}`,
}

/** Returns what is wrong with files that count for nothing, a line for each. */
export function unsupportedFiles(files: RecipeFiles): string[] {
  return Object.entries(others).flatMap(([name, words]) => {
    const path = files.find(name)
    return path === undefined ? [] : [`${path}: ${words}.`]
  })
}
