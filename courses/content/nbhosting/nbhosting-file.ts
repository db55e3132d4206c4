/**
 * The schema of `nbhosting.yaml`, as it stands in repositories, and in a course's own definition as the layer over them.
 * Its words are nbhosting's.
 */
import { z } from 'zod'
import { isFile } from '../../start.ts'
import { globProblem } from './glob.ts'
import { notebookFormat } from './notebook-at.ts'

/** Names and descriptions that people read. Line breaks within them mean nothing. */
export function words(most: number) {
  return z
    .string('is a text: write one in its place')
    .transform((text) => text.replace(/[\t\r\n ]+/g, ' ').trim())
    .pipe(
      z
        .string()
        .max(most, `is longer than ${most} characters: shorten it`)
        .refine(
          (text) => !/\p{Cc}/u.test(text) && text.isWellFormed(),
          'has a character that cannot be shown: take it out',
        ),
    )
}

/** A pattern of notebooks' paths, or one path, with or without its ending. */
export const notebookPattern = z
  .string('is the path of a notebook, or a pattern like week1/*.md: write one')
  .max(500, 'is longer than 500 characters: shorten it')
  .superRefine((pattern, context) => {
    const message = globProblem(pattern)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

/** The name under which each folder of notebooks finds something. */
export const linkName = z
  .string('is the name of a link, like data: write one')
  .max(100, 'is longer than 100 characters: shorten it')
  .refine(
    (name) => isSoundPath(name) && !name.includes('/') && !name.startsWith('.'),
    'is the name of a link in folders of notebooks, like data: no slash in it and no dot in front',
  )

/** A folder or file of the repository. */
export const pathFromTop = z
  .string('is a path from the top of the repository, like data: write one')
  .max(500, 'is longer than 500 characters: shorten it')
  .transform((path) => path.replace(/^(\.\/+)+/, '').replace(/\/+$/, ''))
  .refine(
    isSoundPath,
    'is no path in the repository: name a folder or file from its top, like data or media/pictures, without `..`',
  )

function isSoundPath(path: string): boolean {
  return isFile(path) && path.isWellFormed()
}

/** Words for what is no object at all; of one with unknown keys there are others. */
function otherwise(message: string) {
  return { error: ({ code }: { code?: string }) => (code === 'invalid_type' ? message : undefined) }
}

const sectionSchema = z.strictObject(
  {
    name: words(200).nullish(),
    notebooks: z
      .array(notebookPattern, 'is a list of paths and patterns: write each in a line that begins with `- `')
      .max(1000),
  },
  otherwise('is no section: write one with `name` and `notebooks`'),
)

const trackSchema = z.strictObject(
  {
    id: words(100).nullish(),
    name: words(200).nullish(),
    description: words(1000).nullish(),
    sections: z.array(sectionSchema, 'is a list of sections: write each with `name` and `notebooks`').max(200),
  },
  otherwise('is no track: write one with `id`, `name`, `description` and `sections`'),
)

const ids = z.array(words(100), 'is a list of ids: write each in a line that begins with `- `').max(200).nullish()

export const nbhostingSchema = z.strictObject({
  general: z
    .strictObject({
      /** Where a notebook opens: `notebooks/{notebook}`, `lab/tree/{notebook}`. */
      'notebook-url-format': notebookFormat.nullish(),
    })
    .nullish(),
  /** Orders of notebooks, one beside the other. Each layer has its own behind those of the layers below. */
  tracks: z.array(trackSchema, 'is a list of tracks').max(100).nullish(),
  /** The ids of the tracks that count. Without any, all do. */
  'tracks-filter': ids,
  /** What each folder of notebooks finds under a name (`source`), from the top of the repository (`destination`). */
  'static-mappings': z
    .array(
      z.strictObject(
        { source: linkName, destination: pathFromTop },
        otherwise('is no mapping: write one with `source` and `destination`'),
      ),
      'is a list of mappings',
    )
    .max(100)
    .nullish(),
  /** Pages that nbhosting makes of the repository. They have no effect yet. */
  builds: z.array(z.json(), 'is a list of builds').max(100).nullish(),
  'builds-filter': ids,
})

/** One layer of what nbhosting reads of a course. */
export type NbhostingFile = z.output<typeof nbhostingSchema>
