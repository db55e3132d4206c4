import { createHash } from 'node:crypto'
import { z } from 'zod'
import { learnerPrefix } from '../net/machine/account-names.ts'
import { areCovering, coversSibling, isOriginPattern } from '../net/origins.ts'
import { readSettings } from '../net/settings/read.ts'
import type { LaunchAuthenticator } from './authenticator.ts'
import { authenticatorName, buttonLabel, isPrintable } from './names.ts'

/**
 * Identifies learners of an LMS whose page block puts the learner's id into the link without a signature, as the one of
 * Open edX does.
 *
 * The id proves nothing. It is believed only if the browser says that the link stands on one of this LMS's own `pages`,
 * and if the course's `embed.ancestors` let that page frame the course. The account is always called `lms:<issuer>:…`,
 * so no id names a member of staff, a person who signs in otherwise, or a learner of another LMS.
 */
export function lms(input: LmsOptions): LaunchAuthenticator {
  const { settings, refusal } = readSettings(optionsSchema, input)
  if (refusal !== undefined) {
    return { kind: 'launch', name: 'lms', label: '', pages: [], courses: [], refusal, identify: () => undefined }
  }
  const { issuer, courses, pages, ...options } = settings
  const name = options.name ?? `lms-${issuer.replaceAll('.', '-')}`.slice(0, 32)
  const label = options.label ?? `Learners of ${issuer}`
  const allowed = new Set(courses.map((course) => course.toLowerCase()))
  return {
    kind: 'launch',
    name,
    label,
    pages,
    courses,
    settings: () => ({ given: input, effective: { ...settings, name, label } }),
    identify({ course, learner, referrer, ancestors }) {
      if (!allowed.has(course.toLowerCase())) return undefined
      if (referrer === undefined || !areCovering(ancestors, referrer)) return undefined
      if (!pages.some((page) => coversSibling(page, referrer))) return undefined
      if (!isLearnerId(learner)) return undefined
      return {
        subject: learner,
        name: accountName(issuer, learner),
        ...(learner === preview && { preview: true }),
      }
    },
  }
}

/** The id that Studio puts in the learner's place when a teacher looks at the page. */
const preview = 'student'

const optionsSchema = z.strictObject({
  /** Name of the authenticator, part of each account's key: a new name means new accounts. Default: `lms-<issuer>`. */
  name: authenticatorName.optional(),
  label: buttonLabel.optional(),
  /** Short name of this LMS, part of its learners' account names. */
  issuer: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/, 'up to 40 of a-z, 0-9, dots and hyphens'),
  /** The courses that this LMS may open. */
  courses: z.array(z.string().min(1)).min(1, 'name the courses that this LMS may open'),
  /**
   * The LMS's own sites: a link counts only on a page of one of these. `https://moodle.example.org`, or
   * `https://*.moodle.example.org` for every name with one label more. Each must be within the courses'
   * `embed.ancestors`.
   */
  pages: z
    .array(
      z
        .string()
        .refine(isOriginPattern, 'looks like https://moodle.example.org, or https://*.moodle.example.org: no path'),
    )
    .min(1, 'name the sites of this LMS, whose pages hold its links'),
  /** Always `false`: the config says it, so that its reader sees that these links are not signed. */
  signed: z.literal(false),
})

export type LmsOptions = z.input<typeof optionsSchema>

function isLearnerId(id: string): boolean {
  return id.length > 0 && id.length <= 255 && !id.includes('/') && isPrintable(id)
}

/** Returns the account's name: with the id, or with its digest if the id is too long or looks like a digest itself. */
function accountName(issuer: string, id: string): string {
  const literal = id.length <= 64 && !id.startsWith('sha256-')
  return `${learnerPrefix}${issuer}:${literal ? id : `sha256-${createHash('sha256').update(id).digest('hex')}`}`
}
