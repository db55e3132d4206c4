/**
 * How the image of a course is made of a repository: its own Dockerfile, or one that is made here from the files by which
 * repo2docker would make an image. Nothing that a repository says gets into the text but what has been read strictly.
 */
import { leftOutBy } from './ignore-file.ts'
import { ownDockerfile } from './own-dockerfile.ts'
import { RecipeError } from './problem.ts'
import { RecipeFiles } from './recipe-files.ts'
import type { Recipe, RecipeRequest } from './recipe-request.ts'
import { recipeSteps } from './steps.ts'
import { recipeText } from './text.ts'

/** Returns how the image is made. Rejects with a `RecipeError` that names each file, line and remedy. */
export async function recipeOf(request: RecipeRequest): Promise<Recipe> {
  const files = new RecipeFiles(request)
  const recipe = (await ownDockerfile(files, request.dockerfile)) ?? (await madeRecipe(files, request))
  return { ...recipe, leftOut: await leftOut(files, request, recipe) }
}

async function madeRecipe(files: RecipeFiles, request: RecipeRequest): Promise<Omit<Recipe, 'leftOut'>> {
  const steps = await recipeSteps(files, request.copyFiles ?? false)
  if (request.base === undefined) {
    const why = 'The image of a repository without a Dockerfile is made from another one'
    throw new RecipeError([`${why}: say base, such as the image that the course had before, or add a Dockerfile.`])
  }
  const { madeFrom, warnings } = steps
  const text = recipeText(steps, await request.base.look())
  return { dockerfile: 'Dockerfile', text, generated: true, madeFrom, warnings }
}

/** Returns what `.dockerignore` leaves out: never the files that make the image, nor itself, which the engine reads too. */
async function leftOut(
  files: RecipeFiles,
  request: RecipeRequest,
  { dockerfile, madeFrom }: Omit<Recipe, 'leftOut'>,
): Promise<Set<string>> {
  const ignore = [`${dockerfile}.dockerignore`, '.dockerignore'].find((name) => files.has(name))
  if (ignore === undefined) return new Set()
  const paths = request.files.map(({ path }) => path)
  const found = await leftOutBy(ignore, await files.text(ignore), paths)
  for (const kept of [ignore, ...madeFrom])
    for (let at = kept.length; at > 0; at = kept.lastIndexOf('/', at - 1)) found.delete(kept.slice(0, at))
  return found
}
