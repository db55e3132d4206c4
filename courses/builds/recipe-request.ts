/** What a recipe is made of, and what it is. */
import type { BaseImage } from '../../spawners/builder.ts'

export interface RecipeRequest {
  /** All files in the folder of the build, by their paths in it. */
  files: readonly RecipeFile[]
  /** Returns a file, as it is in the folder. */
  read(path: string): Promise<Buffer>
  /** The image with which a Dockerfile begins that is made here. Not asked for where the repository has its own. */
  base?: { image: string; look(): Promise<BaseImage> } | undefined
  /** The path of the repository's own Dockerfile. Default: `Dockerfile`, if there is one. */
  dockerfile?: string | undefined
  /** Whether the files come into the image's working folder. Default: no. A Dockerfile of the repository decides that itself. */
  copyFiles?: boolean | undefined
}

export interface RecipeFile {
  path: string
  kind: 'file' | 'program' | 'link'
}

export interface Recipe {
  /** The path of the Dockerfile in the tar of `withDockerfile`. */
  dockerfile: string
  text: string
  /** Whether the text was made here. The tar has it beside the folder `files` then, in which the files of the repository lie. */
  generated: boolean
  /** The files that say how the image is made. */
  madeFrom: string[]
  /** Files and folders that the build does not see, as `.dockerignore` says. */
  leftOut: ReadonlySet<string>
  /** What was left alone although it could be expected to count, in words for staff. */
  warnings: string[]
}
