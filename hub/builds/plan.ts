import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { ImageSettings } from '../../config/sections/builds.ts'
import { withDockerfile } from '../../courses/builds/context.ts'
import { recipeOf } from '../../courses/builds/recipe.ts'
import type { Recipe } from '../../courses/builds/recipe-request.ts'
import type { Git, GitCommit, GitCredentials, GitSource } from '../../git/git.ts'
import type { Builder, BuildProgress } from '../../spawners/builder.ts'
import { kept } from '../../words/kept.ts'

/** The most of a file that recipes are made of. */
const mostBytes = 2 ** 20

/** What an image is made of. */
export interface ImagePlan {
  /** A digest of all that goes into the image. */
  content: string
  recipe: Recipe
  /** Returns the files with the Dockerfile, as a tar. */
  files(): Readable
}

interface Planned {
  settings: ImageSettings
  source: GitSource
  git: Git
  builder: Builder
  commit: string
  /** What of the commit could not be had, so that an image of all of it is another one. */
  left: GitCommit['left']
  signal: AbortSignal
  report(progress: BuildProgress): void
}

/** Returns the repository of an image, with what opens it. */
export function sourceOf({ git: url, ref }: ImageSettings, credentials?: GitCredentials): GitSource {
  return { url, ref, ...(credentials && { credentials }) }
}

/** Decides what an image is made of, from a commit that is here. Rejects in words for staff where none can be made of it. */
export async function planOf({
  settings,
  source,
  git,
  builder,
  commit,
  left,
  signal,
  report,
}: Planned): Promise<ImagePlan> {
  const { folder, base, dockerfile, files: copyFiles } = settings
  const all = (await git.list(source, commit)).flatMap((file) => {
    if (folder === undefined) return [file]
    return file.path.startsWith(`${folder}/`) ? [{ ...file, path: file.path.slice(folder.length + 1) }] : []
  })
  const recipe = await recipeOf({
    files: all,
    async read(path) {
      const blob = all.find((file) => file.path === path)?.blob
      if (blob === undefined) throw new Error(kept`${path} is not in the repository.`)
      return git.read(source, blob, { maxBytes: mostBytes })
    },
    ...(base !== undefined && { base: { image: base, look: () => builder.base(base, { signal, report }) } }),
    ...(dockerfile !== undefined && { dockerfile }),
    copyFiles,
  })
  const content = createHash('sha256')
    .update(JSON.stringify([commit, folder ?? '', recipe.dockerfile, recipe.text, ...left.map(({ path }) => path)]))
    .digest('hex')
  const files = () => withDockerfile(git.archive(source, commit, folder === undefined ? {} : { folder }), recipe)
  return { content, recipe, files }
}

/**
 * Returns the name under which the builder makes it. `salt` tells two images apart that are made of the same, the later one
 * anew.
 */
export function buildKey(name: string, content: string, salt = ''): string {
  const digest = salt === '' ? content : createHash('sha256').update(`${content} ${salt}`).digest('hex')
  return `${name}:${digest.slice(0, 16)}`
}

/** Returns a digest of the settings by which an image is made. Pure. */
export function settingsDigest(settings: ImageSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex')
}
