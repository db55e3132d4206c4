/** A Dockerfile that the repository brings, which is used as it is. */

import { quotedShort, RecipeError } from './problem.ts'
import { assertInside, type RecipeFiles } from './recipe-files.ts'
import type { Recipe } from './recipe-request.ts'
import { environmentFiles } from './unsupported.ts'

export async function ownDockerfile(
  files: RecipeFiles,
  named: string | undefined,
): Promise<Omit<Recipe, 'leftOut'> | undefined> {
  if (named !== undefined) {
    assertInside(named)
    if (!files.has(named)) {
      throw new RecipeError([`${quotedShort(named)} is not in the folder of the build: correct dockerfile, or add it.`])
    }
  }
  const path = named ?? files.find('Dockerfile')
  if (path === undefined) return
  const text = await files.text(path)
  const unread = environmentFiles
    .flatMap((name) => files.find(name) ?? [])
    .filter((file) => !text.includes(baseName(file)))
  return {
    dockerfile: path,
    text,
    generated: false,
    madeFrom: [path],
    warnings: unread.map((file) => `${file} has no effect: ${path} alone makes the image, and does not name it.`),
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
