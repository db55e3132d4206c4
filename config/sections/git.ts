/** What the hub may do with repositories of courses. */
import { z } from 'zod'
import { isHostRule, whatHostsAre } from '../../git/reach.ts'

/** Hosts, addresses and networks that may be reached though they are not public. */
export const gitHosts = z.array(z.string().max(255).refine(isHostRule, `are ${whatHostsAre}`)).default([])

export const gitSchema = z
  .strictObject({
    /**
     * Hosts, addresses and networks of repositories that may be reached though they are not public: `git.example.edu`, `10.4.0.0/16`.
     * They are for images and for the content of courses. The people who make courses name repositories there, too.
     */
    hosts: gitHosts,
    /** How many courses get their content at once, by all hubs together. */
    pullsAtOnce: z.int().min(1).max(16).default(2),
  })
  .prefault({})
