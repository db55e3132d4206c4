/** The settings of runs that are over: for how long staff see how each ended, and what its program printed last. */
import { z } from 'zod'

export const runsSchema = z
  .strictObject({
    /** For how many days. 0 keeps nothing of a run, and its program's last lines are not read. */
    keepDays: z.int().min(0).max(3650).default(30),
  })
  .prefault({})
