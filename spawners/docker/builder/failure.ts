/** Errors of a build in words for staff. Pure. */
import { BuildError, type ImageBuild } from '../../builder.ts'
import { failureIn } from '../engine.ts'
import { isRefusal } from '../images/pull.ts'
import { plainLine } from './output.ts'

/**
 * Returns the error of a build, by what the engine said: a `BuildError` where another try ends the same way until the files,
 * the config or an image change.
 */
export function buildFailure(error: unknown, { dockerfile, limits }: ImageBuild): Error {
  const said = plainLine(failureIn(error).message.replace(/^\(HTTP code \d+\) [^-]* - /, '')).trim()
  const words = wordsFor(said, dockerfile, limits)
  return words === undefined
    ? new Error(`The image could not be built: ${said}. Build it again when that has passed.`, { cause: error })
    : new BuildError(words, { cause: error })
}

function wordsFor(said: string, dockerfile: string, limits: ImageBuild['limits']): string | undefined {
  if (/requires BuildKit|unknown flag: |heredoc/i.test(said)) {
    return `${dockerfile}: ${said}. Images are built without BuildKit here: write the step without --mount and the like, or build the image elsewhere and name it as the course's image.`
  }
  const step = /^The command '(.*)' returned a non-zero code: (\d+)$/s.exec(said)
  if (step !== null) {
    const [, command = '', code] = step
    const killed = code === '137' ? ` It was killed, as happens when it takes more memory than ${memory(limits)}.` : ''
    return `${dockerfile}: the step ${command.replace(/^\/bin\/sh -c /, '')} ended with code ${code}.${killed} The lines above say why.`
  }
  if (/dockerfile parse error|unknown instruction|no build stage|Cannot locate specified Dockerfile/i.test(said)) {
    return `${dockerfile}: ${said}. Correct that line of it.`
  }
  if (/^(COPY|ADD) failed/.test(said)) {
    return `${dockerfile}: ${said}. Correct the path, which begins at the folder of the build.`
  }
  if (/no space left on device|disk quota exceeded/i.test(said)) return undefined
  if (isRefusal(said)) {
    return `${dockerfile}: an image that it begins with is not to be had: ${said}. Correct its FROM, or give the login of a private registry (option registryAuth).`
  }
  return undefined
}

function memory({ memory }: ImageBuild['limits']): string {
  return memory === undefined ? 'the machine has' : `limits.memory allows (${Math.round(memory / 2 ** 20)} MiB)`
}
