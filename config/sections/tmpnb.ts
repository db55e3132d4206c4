/** The settings of tmpnb's addresses, for links and programs that were written for tmpnb (docs/tmpnb.md). */
import { z } from 'zod'
import type { Authenticator } from '../../authenticators/authenticator.ts'
import { isRecord } from '../sound.ts'

const secret = z
  .string('is a secret: set the environment variable from which it comes')
  .min(32, 'has fewer than 32 characters')
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'has no spaces and no letters beyond those of English')

export const tmpnbSchema = z
  .strictObject({
    /** The course that these addresses mean. Its `cors` says which other sites' pages may ask for servers. */
    course: z.string().min(1),
    /** Whether the first page, `/`, opens the course too. The list of courses is at `/hub/courses` in any case. */
    front: z.boolean().default(false),
    /** Whether people open notebooks by these addresses. Without it only programs get servers, by `POST /api/spawn`. */
    pages: z.boolean().default(true),
    /**
     * What `POST /api/spawn` must show in `Authorization: token …`, from pages and programs alike. Without it only pages of
     * the course's `cors` origins get servers there. Take it from the environment.
     */
    apiToken: secret.optional(),
    /** What `DELETE /api/pool` must show in the same way. Without it there is no such address. */
    adminToken: secret.optional(),
  })
  .refine(({ front, pages }) => pages || !front, { path: ['front'], message: 'needs pages: it is one of them' })
  .optional()

export type TmpnbSettings = NonNullable<z.output<typeof tmpnbSchema>>

interface Whole {
  tmpnb?: z.output<typeof tmpnbSchema>
  /** By their names, whatever is wrong with them. */
  courses: unknown
  authenticators: readonly Authenticator[]
  limits: { servers: number | undefined }
}

/** Returns what keeps tmpnb's addresses from working with the rest of the config. */
export function tmpnbProblems({ tmpnb, courses, authenticators, limits }: Whole): [path: string[], message: string][] {
  if (tmpnb === undefined) return []
  const names = isRecord(courses) ? Object.keys(courses) : []
  const isThere = names.some((name) => name.toLowerCase() === tmpnb.course.toLowerCase())
  return [
    ...(isThere ? [] : [problem('course', 'is none of the courses of this file')]),
    ...(authenticators.some(({ kind }) => kind === 'temporary')
      ? []
      : [problem('course', 'needs temporary() among the authenticators: its visitors have no accounts')]),
    ...(limits.servers === undefined
      ? [problem('course', 'needs a number in limits.servers: /api/stats tells how many servers there may be')]
      : []),
  ]
}

function problem(setting: string, message: string): [path: string[], message: string] {
  return [['tmpnb', setting], message]
}
