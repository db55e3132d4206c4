/** The settings of a course's opening: for whom, from when and until when; and the decision about the time. */
import { z } from 'zod'
import { staffName } from './fields.ts'

/** Words for many users, or the names of persons and of groups, as `group:name`. */
export const openTo = z.union([z.enum(['everyone', 'signed-in']), z.array(staffName)], {
  error: "is 'everyone', 'signed-in', or a list of names of persons and of groups, like ['ann', 'group:physics']",
})

/**
 * A time as a config writes it. It has a UTC offset, or the name of a time zone in brackets. Becomes the same time in
 * UTC, so that all processes read it alike.
 */
export const moment = z.string().transform((text, context) => {
  const at = readMoment(text)
  if (at !== undefined) return new Date(at).toISOString()
  context.addIssue({
    code: 'custom',
    message:
      'is no time with an offset from UTC or a time zone, like 2027-01-18T09:00+01:00, 2027-01-18T08:00Z or 2027-01-18T09:00[Europe/Paris]',
  })
  return z.NEVER
})

/** Returns the milliseconds since 1970 of a time as a config writes it; undefined for a text that is none. */
export function readMoment(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(?:(Z|[+-]\d\d:\d\d)|\[([A-Za-z0-9_+/-]+)\])$/.exec(text)
  if (match === null) return undefined
  const [, day = '', minute = '', second = ':00', offset, zone = ''] = match
  const local = `${day}T${minute}${second}`
  const asUtc = Date.parse(`${local}Z`)
  // A parser may take the 31st of June for the 1st of July.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== local) return undefined
  if (offset === undefined) return inZone(asUtc, zone)
  const at = Date.parse(`${local}${offset}`)
  return Number.isNaN(at) ? undefined : at
}

/**
 * Returns when the clocks of the zone show this time, which is given as if it were UTC. Of two such times, when clocks
 * go back, the earlier one counts. Undefined for a time that clocks leave out, and for a zone that does not exist.
 */
function inZone(asUtc: number, zone: string): number | undefined {
  const day = 86_400_000
  const offsets = [offsetAt(asUtc - day, zone), offsetAt(asUtc + day, zone)]
  const found = offsets.flatMap((offset) => {
    const at = offset === undefined ? Number.NaN : asUtc - offset
    return offsetAt(at, zone) === offset && !Number.isNaN(at) ? [at] : []
  })
  return found.length === 0 ? undefined : Math.min(...found)
}

/** Returns how many milliseconds the clocks of a zone are ahead of UTC at a time. */
function offsetAt(at: number, zone: string): number | undefined {
  if (Number.isNaN(at)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  } catch {
    return undefined
  }
}

export interface Times {
  opens?: string | undefined
  closes?: string | undefined
}

/** Returns whether a course is not open yet, or not any more, at a time, and since or until when. Pure. */
export function outside({ opens, closes }: Times, now: number): { why: 'not-yet' | 'closed'; at: number } | undefined {
  if (closes !== undefined && now >= Date.parse(closes)) return { why: 'closed', at: Date.parse(closes) }
  if (opens !== undefined && now < Date.parse(opens)) return { why: 'not-yet', at: Date.parse(opens) }
  return undefined
}
