/** The settings of snapshots: copies of notebooks to read, which users share by a link (docs/snapshots.md). */
import { z } from 'zod'

const days = z.int().min(1).max(3650)

export const snapshotsSchema = z
  .strictObject({
    /** Whether there are any. A course switches them off for itself by `snapshots: false`. What was shared before is hidden meanwhile. */
    enabled: z.boolean().default(true),
    /** Whether learners of an LMS share, too, whose links are not signed: a program that forges such links makes any number of accounts. */
    learners: z.boolean().default(false),
    /** How many days a copy stays, unless its owner says otherwise, and how many it may stay at most. */
    days: days.default(30),
    mostDays: days.default(365),
    /** How many copies one user may have at a time. */
    perUser: z.int().min(1).max(1000).default(20),
  })
  .refine(({ days, mostDays }) => days <= mostDays, { path: ['days'], message: 'is more than mostDays' })
  .prefault({})
