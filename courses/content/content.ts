/** Where the content of a course comes from: a repository of git, of which the last commit that was brought here counts. */
import { z } from 'zod'
import type { RepositoryCourse } from './brought.ts'
import { gitAddress, gitRef } from './git-address.ts'
import { nbhostingSchema } from './nbhosting/nbhosting-file.ts'

export const contentSchema = z.strictObject({
  /**
   * The repository: `https://git.example.org/courses/python`, `ssh://git@git.example.org/…` or
   * `git@git.example.org:courses/python`. What opens a private one never stands here.
   */
  git: gitAddress,
  /** A branch, a tag, or a whole commit. Default: what the repository's HEAD names. */
  ref: gitRef.optional(),
  /**
   * So often the repository is asked what is new in it, in minutes. `false`: only when a person, a program or a webhook asks for it.
   */
  pullMinutes: z
    .union(
      [
        z.literal(false),
        z
          .number()
          .min(1)
          .max(7 * 24 * 60),
      ],
      'is a number of minutes from 1 to 10080, or false',
    )
    .default(15),
  /**
   * What learners get of the notebooks. `lazy`: a copy of each that they open, when they open it first. `all`: copies of all files
   * of the repository, at each start of those that are not there yet. `none`: no copies, and links mean other files.
   */
  copies: z.enum(['lazy', 'all', 'none']).default('lazy'),
  /**
   * Whether the menus of JupyterLab and Notebook 7 are without what leads learners away from their copies: other files, other
   * names, an end of the kernel or the server. Default: as `carrel.yaml` of the repository says, else yes.
   */
  trimMenus: z.boolean().optional(),
  /**
   * Whether the text cells of notebooks in Jupyter's own format cannot be edited in copies that learners get from now on.
   * Default: as `carrel.yaml` of the repository says, else no.
   */
  readOnlyText: z.boolean().optional(),
  /** What comes over the repository's `nbhosting.yaml`, in the words of that file. nbhosting has it in `local/`. */
  nbhosting: nbhostingSchema.optional(),
})

export type ContentSettings = z.output<typeof contentSchema>

/** Returns whether links to a course mean the notebooks of its content, of which learners get copies. */
export function givesCopies({ content }: { content?: Pick<ContentSettings, 'copies'> | undefined }): boolean {
  return content !== undefined && content.copies !== 'none'
}

interface SaysReadOnlyText {
  content?: Pick<ContentSettings, 'readOnlyText'> | undefined
  brought?: { course: Pick<RepositoryCourse, 'readOnlyText'> } | undefined
}

/** Returns whether learners cannot edit the text cells of their copies: as the definition says, else the repository. */
export function hasReadOnlyText({ content, brought }: SaysReadOnlyText): boolean {
  return content?.readOnlyText ?? brought?.course.readOnlyText ?? false
}
