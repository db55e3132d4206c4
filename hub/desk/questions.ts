import { z } from 'zod'
import { retold } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'

/** A path of a file in a server, as Jupyter names it. Only equal names of notebooks count, so no other form is refused. */
export const deskFile = z
  .string()
  .min(1)
  .max(1000)
  .refine((path) => path.isWellFormed() && !path.includes('\0'), 'is no path of a file')

/** Returns what a strip has sent; throws 400 where that is not of this form. */
export function readAs<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new HttpError(
    400,
    'bad_question',
    say`This page asks in a form that is not understood: ${retold(z.prettifyError(error))}`,
  )
}
