import { createHash } from 'node:crypto'
import { z } from 'zod'
import { learnerPrefix } from '../net/account-names.ts'
import { coversPage, type LaunchAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel, isPrintable } from './names.ts'

/**
 * Learners of an LMS whose page block puts their id into the link and cannot sign it, as Open edX's does.
 *
 * The id proves nothing, so it is believed only where the browser says that the link stands on one of this LMS's own
 * `pages`, which the course's `embed.ancestors` let frame it, and the account that it opens is always called `lms:<issuer>:…`: no id can be a member
 * of staff, a person who signs in otherwise, or a learner of another LMS.
 */
export function lms(input: LmsOptions): LaunchAuthenticator {
  const { issuer, courses, pages, ...options } = optionsSchema.parse(input)
  const allowed = new Set(courses.map((course) => course.toLowerCase()))
  return {
    kind: 'launch',
    name: options.name ?? `lms-${issuer.replaceAll('.', '-')}`.slice(0, 32),
    label: options.label ?? `Learners of ${issuer}`,
    pages,
    courses,
    identify({ course, learner, referrer, ancestors }) {
      if (!allowed.has(course.toLowerCase())) return undefined
      if (referrer === undefined || !ancestors.includes(referrer)) return undefined
      if (!pages.some((page) => coversPage(page, referrer))) return undefined
      if (!isLearnerId(learner)) return undefined
      return {
        subject: learner,
        name: accountName(issuer, learner),
        ...(learner === preview && { preview: true }),
      }
    },
  }
}

/** What Studio puts in the learner's place when a teacher looks at the page. */
const preview = 'student'

const optionsSchema = z.strictObject({
  /** Default: `lms-<issuer>`. Part of each account's key: a new name means new accounts. */
  name: authenticatorName.optional(),
  label: buttonLabel.optional(),
  /** One word for this LMS, part of its learners' account names. */
  issuer: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/, 'up to 40 of a-z, 0-9, dots and hyphens'),
  /** The courses that this LMS may open. */
  courses: z.array(z.string().min(1)).min(1, 'name the courses that this LMS may open'),
  /**
   * The LMS's own sites: a link counts only on a page of one of these. `https://moodle.example.org`, or
   * `https://*.moodle.example.org` for every name with one label more. Each within the courses' `embed.ancestors`.
   */
  pages: z
    .array(z.string().refine(isPage, 'looks like https://moodle.example.org, or https://*.moodle.example.org: no path'))
    .min(1, 'name the sites of this LMS, whose pages hold its links'),
  /** Written out, so that nobody overlooks that these links are not signed. */
  signed: z.literal(false),
})

export type LmsOptions = z.input<typeof optionsSchema>

/** An origin as browsers write it. A `*` stands for the first of at least three labels: never for a whole country. */
function isPage(text: string): boolean {
  const one = text.replace('://*.', '://label.')
  if (!/^https?:/.test(one) || one.includes('*') || !URL.canParse(one) || new URL(one).origin !== one) return false
  return one === text || new URL(one).hostname.split('.').length > 2
}

function isLearnerId(id: string): boolean {
  return id.length > 0 && id.length <= 255 && !id.includes('/') && isPrintable(id)
}

/** An id that leaves no room in an account's name is replaced by its digest; so is one that looks like a digest. */
function accountName(issuer: string, id: string): string {
  const literal = id.length <= 64 && !id.startsWith('sha256-')
  return `${learnerPrefix}${issuer}:${literal ? id : `sha256-${createHash('sha256').update(id).digest('hex')}`}`
}
