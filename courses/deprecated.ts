/** The schema of courses and images that are on their way out. `successor.ts` says what becomes of links to them. */
import { z } from 'zod'

/** Returns the schema of what a course or a tag says of its end. `instead` is a name of the same kind. */
export function deprecatedSchema(instead: z.ZodType<string>) {
  return z
    .strictObject({
      /** What users are told, in a sentence or two: until when, and what to do. Shown before each new start opens. */
      message: z.string().min(1).max(400).optional(),
      /** What links open in its place, with the notebook that they name: the name of another course, or another tag. */
      instead: instead.optional(),
    })
    .refine(
      ({ message, instead }) => message !== undefined || instead !== undefined,
      'says nothing: say message, what users are to know, or instead, what old links open',
    )
}

export type Deprecated = z.output<ReturnType<typeof deprecatedSchema>>
