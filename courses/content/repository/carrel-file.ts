/** Reads `carrel.yaml` at the top of a repository: what a repository decides about its course. Pure. */
import { z } from 'zod'
import { readYaml } from '../../../net/settings/yaml.ts'
import { courseSchema } from '../../course.ts'
import type { RepositoryCourse } from '../brought.ts'
import { contentSchema } from '../content.ts'
import type { FileProblem } from '../nbhosting/file-problem.ts'
import { linkName, type NbhostingFile, notebookPattern, pathFromTop, words } from '../nbhosting/nbhosting-file.ts'
import { salvage } from '../nbhosting/salvage.ts'
import { refusals } from './refusals.ts'

export const carrelFile = 'carrel.yaml'

const { title, start, landing, fileAt, linkable, contact, strip } = courseSchema.shape
const { trimMenus, readOnlyText } = contentSchema.shape

const trackSchema = z.strictObject({
  id: words(100).pipe(z.string().min(1)),
  /** Default: the id. */
  name: words(200).optional(),
  description: words(1000).optional(),
  sections: z.array(z.strictObject({ name: words(200), notebooks: z.array(notebookPattern).max(1000) })).max(200),
})

const carrelSchema = z.strictObject({
  title,
  contact,
  start,
  landing,
  fileAt,
  linkable,
  strip,
  trimMenus,
  readOnlyText,
  /** As much as courses that people make may say. */
  startTimeoutSeconds: z.number().positive().max(300).optional(),
  tracks: z.array(trackSchema).max(100).optional(),
  /** What each folder of notebooks finds under the name `link`: a folder or file of the repository. */
  staticMappings: z
    .array(z.strictObject({ link: linkName, to: pathFromTop }))
    .max(100)
    .optional(),
})

export interface CarrelFile {
  course: RepositoryCourse
  /** The tracks and mappings of the file, where it says some, in the words of nbhosting. */
  layer: NbhostingFile
  problems: FileProblem[]
}

/** Returns what counts of the file, and what is to be told of it. */
export function readCarrelFile(text: string): CarrelFile {
  const { value, problems, placeOf } = readYaml(text, { scalars: 'typed' })
  const told = problems.map((problem): FileProblem => ({ file: carrelFile, ...problem, kind: 'problem' }))
  const { said, problems: found } =
    value === undefined
      ? { said: undefined, problems: [] }
      : salvage(carrelSchema, value ?? {}, { file: carrelFile, placeOf }, (key, hint) => ({
          message: `\`${key.slice(0, 60)}\` ${Object.hasOwn(refusals, key) ? refusals[key as keyof typeof refusals] : hint}`,
          kind: 'problem',
        }))
  const { tracks, staticMappings, ...course } = said ?? {}
  return {
    course,
    layer: {
      ...(tracks && {
        tracks: tracks.map(({ name, description = '', ...track }) => ({
          ...track,
          name: name ?? track.id,
          description,
        })),
      }),
      ...(staticMappings && {
        'static-mappings': staticMappings.map(({ link, to }) => ({ source: link, destination: to })),
      }),
    },
    problems: [...told, ...found],
  }
}
