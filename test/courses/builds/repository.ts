import { recipeOf } from '../../../courses/builds/recipe.ts'
import type { Recipe, RecipeFile, RecipeRequest } from '../../../courses/builds/recipe-request.ts'
import type { BaseImage } from '../../../spawners/builder.ts'

/** A base image like those of Jupyter's own stacks. */
export const stacks: BaseImage = {
  image: 'registry.example.org/jupyter/minimal-notebook:2026-11',
  id: `sha256:${'1f'.repeat(32)}`,
  user: '1000',
  folder: '/home/jovyan',
  entrypoint: ['tini', '-g', '--'],
  command: ['start-notebook.py'],
}

export interface Repository {
  /** Files by path: their text, or their bytes. */
  files: Record<string, string | Buffer>
  programs?: string[]
  links?: string[]
  base?: BaseImage
  dockerfile?: string
  copyFiles?: boolean
}

/** Returns what a recipe is asked for with. */
export function requestOf({ files, programs = [], links = [], base = stacks, ...more }: Repository): RecipeRequest {
  const kindOf = (path: string): RecipeFile['kind'] =>
    links.includes(path) ? 'link' : programs.includes(path) ? 'program' : 'file'
  return {
    files: Object.keys(files).map((path) => ({ path, kind: kindOf(path) })),
    read: async (path) => Buffer.from(files[path] ?? ''),
    base: { image: base.image, look: async () => base },
    ...more,
  }
}

export function recipe(repository: Repository): Promise<Recipe> {
  return recipeOf(requestOf(repository))
}

/** Returns the lines of a Dockerfile without those that each has, and without what a step checks first. */
export async function stepsOf(repository: Repository): Promise<string[]> {
  const { text } = await recipe(repository)
  return text
    .replaceAll(' \\\n && ', ' && ')
    .split('\n')
    .filter((line) => line !== '' && !/^(#|FROM )/.test(line))
    .map((line) => line.replaceAll(/ && \{ .*?; \}; \}(?= &&|$)/g, '').replaceAll(/RUN \{ .*?; \}; \} && /g, 'RUN '))
}
