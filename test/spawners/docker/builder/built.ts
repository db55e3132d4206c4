import { createHash } from 'node:crypto'
import { withDockerfile } from '../../../../courses/builds/context.ts'
import { recipeOf } from '../../../../courses/builds/recipe.ts'
import type { Builder, BuildProgress, BuiltImage, ImageBuild } from '../../../../spawners/builder.ts'
import { type Repository, requestOf } from '../../../courses/builds/repository.ts'
import { tarOf } from '../../contract-builder.ts'

/** A repository, and the image with which its own begins where it has no Dockerfile. */
export type BuiltRepository = Omit<Repository, 'base'> & { from?: string }

/** Builds the image of a repository as the hub does, and returns what was printed too. */
export async function buildRepository(
  builder: Builder,
  { from, ...repository }: BuiltRepository,
  more: Partial<ImageBuild> & { signal?: AbortSignal; lines?: string[] } = {},
): Promise<{ built: BuiltImage; lines: string[] }> {
  const { signal = new AbortController().signal, lines = [], ...settings } = more
  const context = { signal, report: (step: BuildProgress) => void ('line' in step && lines.push(step.line)) }
  const base = from === undefined ? undefined : { image: from, look: () => builder.base(from, context) }
  const recipe = await recipeOf({ ...requestOf(repository), base })
  const key = createHash('sha256')
    .update(JSON.stringify([recipe, repository]))
    .digest('hex')
    .slice(0, 16)
  const built = await builder.build(
    {
      name: `course:${key}`,
      files: () => withDockerfile(tarOf(repository.files, repository.links), recipe),
      dockerfile: recipe.dockerfile,
      ...{ limits: {}, network: false, cache: true, ...settings },
    },
    context,
  )
  return { built, lines }
}
