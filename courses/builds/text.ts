/** The text of a Dockerfile. Pure. All that it takes from elsewhere has been read strictly, or stands in JSON. */
import type { BaseImage } from '../../spawners/builder.ts'
import { RecipeError } from './problem.ts'
import type { RecipeSteps } from './steps.ts'

/** The folder of a tar in which the files lie beside a Dockerfile that was made here, so that they are never in its way. */
export const filesFolder = 'files'

/** The folder of an image in which a repository's files lie while it is built. */
const buildFolder = '/tmp/carrel-build'

/** The program of an image that runs before its command. */
const startProgram = '/opt/carrel/start'

export function recipeText(steps: RecipeSteps, base: BaseImage): string {
  assertUsable(base, steps.copyFiles)
  const { user, entrypoint, command } = base
  const folder = steps.copyFiles ? base.folder : buildFolder
  const asUser = userSteps(steps).map((step) => run([`cd ${folder}`, ...step]))
  const check = steps.python === undefined ? [] : [run(pythonLines(steps.python))]
  const files = filesFor(steps, asUser.length > 0)
  const lines = [
    `# Made by Carrel. It begins with ${base.id}.`,
    `FROM ${base.image}`,
    ...as(rootUser, steps.apt.length === 0 ? [] : [run(aptLines(steps.apt))]),
    ...as(user, [...check, ...files.map((file) => copy(file, `${folder}/${file}`, user)), ...asUser]),
    ...as(rootUser, [
      ...(asUser.length === 0 || steps.copyFiles ? [] : [run([`rm -rf ${folder}`])]),
      ...(steps.start === undefined
        ? []
        : [copy(steps.start, startProgram, '0:0'), run([`chmod 755 ${startProgram}`])]),
    ]),
    `USER ${user}`,
    ...(steps.start === undefined
      ? []
      : [`ENTRYPOINT ${JSON.stringify([...entrypoint, startProgram])}`, `CMD ${JSON.stringify(command)}`]),
  ]
  return `${lines.join('\n')}\n`
}

const rootUser = '0'

/** Returns the files that come into the image while it is built; an empty path is all of them. */
function filesFor({ copyFiles, needs }: RecipeSteps, hasSteps: boolean): string[] {
  if (copyFiles) return ['']
  if (!hasSteps) return []
  return needs === 'all' ? [''] : needs
}

function as(user: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`USER ${user}`, ...lines]
}

/** Returns the commands that run as the image's user in the folder of the files, each a list of lines. */
function userSteps(steps: RecipeSteps): string[][] {
  const all: string[][] = []
  if (steps.conda !== undefined) all.push([...condaLines(steps.conda)])
  if (steps.requirements !== undefined) all.push([pip, `${install} -r ${steps.requirements}`])
  if (steps.isPackage) all.push([pip, `${install} .`])
  if (steps.installR !== undefined) {
    const needsR = needs('Rscript', `${steps.installR} needs a base image with R`)
    all.push([needsR, `Rscript ${steps.installR}`])
  }
  if (steps.postBuild !== undefined) all.push([`chmod +x ${steps.postBuild}`, `./${steps.postBuild}`])
  return all
}

/** Into the image itself: what is in the home of its user, the homes of learners hide. */
const install = 'PIP_USER=0 python3 -m pip install --no-cache-dir'

const pip = `{ python3 -m pip --version > /dev/null || ${complain('The base image has no pip for its python3. Choose one that has.')}; }`

function condaLines({ path, isLock }: { path: string; isLock: boolean }): string[] {
  if (isLock) {
    const needsMamba = needs('mamba', `${path} needs a base image with mamba 2 or later`)
    return [needsMamba, `mamba install --yes --name base --file ${path}`, 'mamba clean --all --yes']
  }
  const neither = `${path} needs a base image with mamba or conda. Choose one that has, or write requirements.txt.`
  return [
    `{ tool="$(command -v mamba || command -v conda)" || ${complain(neither)}; }`,
    `"$tool" env update --name base --file ${path}`,
    '"$tool" clean --all --yes',
  ]
}

function pythonLines(version: string): string[] {
  const begins = `('%s.%s.%s.' % sys.version_info[:3]).startswith('${version}.')`
  return [
    needs('python3', `runtime.txt needs a base image with Python ${version}`),
    `{ python3 -c "import sys; sys.exit(not ${begins})" || ${complain(`runtime.txt asks for Python ${version}, and the base image has another. Choose one that has it.`)}; }`,
  ]
}

function aptLines(packages: readonly string[]): string[] {
  return [
    needs('apt-get', 'apt.txt needs a base image of Debian or Ubuntu'),
    'export DEBIAN_FRONTEND=noninteractive',
    'apt-get update',
    `apt-get install --yes --no-install-recommends ${packages.join(' ')}`,
    'rm -rf /var/lib/apt/lists/*',
  ]
}

function needs(program: string, words: string): string {
  return `{ command -v ${program} > /dev/null || ${complain(`${words}.`)}; }`
}

/** Returns the command that says why a step cannot go on. */
function complain(words: string): string {
  return `{ echo '${words}' >&2; exit 1; }`
}

function run(lines: readonly string[]): string {
  return `RUN ${lines.join(' \\\n && ')}`
}

function copy(from: string, to: string, user: string): string {
  return `COPY --chown=${user} ${JSON.stringify([`${filesFolder}/${from}`, to])}`
}

/** Throws where what the base image says of itself cannot stand in a Dockerfile. */
function assertUsable({ image, id, user, folder }: BaseImage, copyFiles: boolean): void {
  const problems: string[] = []
  const remedy = 'choose another base image, or add a Dockerfile'
  if (!/^[A-Za-z0-9][\w./:@-]*$/.test(image) || !/^[a-z0-9]+:[a-f0-9]+$/.test(id)) {
    problems.push(`The base image has an odd name: ${remedy}.`)
  }
  if (!/^[\w.-]+(:[\w.-]+)?$/.test(user)) problems.push(`The base image has an odd user: ${remedy}.`)
  if (copyFiles && !/^(\/(?!\.\.?(\/|$))[\w.@+-]+)+$/.test(folder)) {
    problems.push(`The base image names no working folder for the files: ${remedy}, or leave files out.`)
  }
  if (problems.length > 0) throw new RecipeError(problems)
}
