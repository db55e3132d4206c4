/** Spares of a course: servers that run before their users are known. How many there are, and when. */
import { z } from 'zod'

/** More would be a mistake: a hub starts them one after another, and each takes a place. */
const most = 1000
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const longestAge = 7 * 24 * 3600
const usualAgeSeconds = 4 * 3600

const count = z.int().min(0).max(most)

/** A time of the day as clocks show it: `08:30`. `24:00` is the end of the day. */
const minuteOfDay = z.string().transform((text, context) => {
  const [, hours = '', minutes = ''] = /^(\d\d):([0-5]\d)$/.exec(text) ?? []
  const at = Number(hours) * 60 + Number(minutes)
  if (hours !== '' && at <= 24 * 60) return at
  context.addIssue({ code: 'custom', message: 'is no time of the day, like 08:30 or 24:00' })
  return z.NEVER
})

const hours = z
  .strictObject({
    /** `['mon', 'wed']`. Default: every day. */
    days: z
      .array(z.enum(days))
      .min(1)
      .default([...days]),
    from: minuteOfDay.default(0),
    to: minuteOfDay.default(24 * 60),
    count,
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    message: 'must be later than from: write hours over midnight as two entries',
  })

const timeZone = z.string().refine(isTimeZone, 'is no time zone, like Europe/Paris or UTC')

/**
 * Either how many at any time, or a schedule with hours: the first entry that means the present minute counts, and outside
 * of all of them there are none.
 */
const pool = z
  .strictObject({
    count: count.optional(),
    schedule: z.array(hours).min(1).max(100).optional(),
    /** The zone whose clocks the schedule means. Default: UTC. */
    timeZone: timeZone.optional(),
    /** Seconds after which another spare takes the place of one that waits. Default: four hours. */
    maxAgeSeconds: z.number().min(60).max(longestAge).default(usualAgeSeconds),
  })
  .refine(({ count, schedule }) => (count === undefined) !== (schedule === undefined), {
    message: 'has either count or schedule: say how many in each entry of the schedule',
  })
  .refine(({ schedule, timeZone }) => timeZone === undefined || schedule !== undefined, {
    path: ['timeZone'],
    message: 'means nothing without a schedule',
  })

/** How many servers of a course run before anybody has clicked: `5`, or with an age limit or hours. */
export const sparesSchema = z.union([count.transform((one) => pool.parse({ count: one })), pool], {
  error: "is a number, or { count: 5 }, or { schedule: [{ days: ['mon'], from: '08:00', to: '12:00', count: 20 }] }",
})

export type Spares = z.output<typeof sparesSchema>

/** Returns how many spares there are to be at a time. Pure. */
export function sparesAt(spares: Spares | undefined, now: number): number {
  if (spares === undefined) return 0
  if (spares.schedule === undefined) return spares.count ?? 0
  const { day, minute } = clockOf(now, spares.timeZone ?? 'UTC')
  const entry = spares.schedule.find((one) => one.days.includes(day) && one.from <= minute && minute < one.to)
  return entry?.count ?? 0
}

/** Returns the most spares that there are to be at any time. Pure. */
export function mostSpares(spares: Spares | undefined): number {
  return Math.max(0, spares?.count ?? 0, ...(spares?.schedule ?? []).map((one) => one.count))
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function clockOf(now: number, zone: string): { day: (typeof days)[number]; minute: number } {
  const options = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const parts = new Intl.DateTimeFormat('en-US', options).formatToParts(now)
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? ''
  const day = days.find((one) => one === of('weekday').toLowerCase()) ?? 'mon'
  return { day, minute: Number(of('hour')) * 60 + Number(of('minute')) }
}
