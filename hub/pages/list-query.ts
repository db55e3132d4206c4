import { z } from 'zod'

/** Returns the schema of a text of so many characters at most that filters a list. */
export const filterText = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .refine((text) => !text.includes('\0'))
    .catch('')
    .default('')

/** The part of a list that a page shows. An edited address shows the first page, not an error. */
export const listQuery = z.object({
  q: filterText(100),
  page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
})

/** What a person has chosen in a list, each once: by ids. A page of a list has no more. */
export const chosenIds = z
  .array(
    z
      .string()
      .max(64)
      .regex(/^[\w-]*$/),
  )
  .max(50)
