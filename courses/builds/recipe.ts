/**
 * How the image of a course is made of a repository: its own Dockerfile, or one that is made here from the files by which
 * repo2docker would make an image. Nothing that a repository says gets into the text but what has been read strictly.
 */
import { ownDockerfile } from './own-dockerfile.ts'
import { RecipeError } from './problem.ts'
import { RecipeFiles } from './recipe-files.ts'
import type { Recipe, RecipeRequest } from './recipe-request.ts'
import { recipeSteps } from './steps.ts'
import { recipeText } from './text.ts'

/** Returns how the image is made. Rejects with a `RecipeError` that names each file, line and remedy. */
export async function recipeOf(request: RecipeRequest): Promise<Recipe> {
  const files = new RecipeFiles(request)
  const own = await ownDockerfile(files, request.dockerfile)
  if (own !== undefined) return own
  const steps = await recipeSteps(files, request.copyFiles ?? false)
  if (request.base === undefined) {
    const why = 'The image of a repository without a Dockerfile is made from another one'
    throw new RecipeError([`${why}: say base, such as the image that the course had before, or add a Dockerfile.`])
  }
  const { madeFrom, warnings } = steps
  const text = recipeText(steps, await request.base.look())
  return { dockerfile: 'Dockerfile', text, generated: true, madeFrom, warnings }
}
