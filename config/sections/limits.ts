/** How much there may be of what, in the whole installation and for one user or address. */
import { z } from 'zod'
import { bytes } from '../../courses/fields.ts'

/** A limit on a pace: `burst` at once, then `perSecond` a second. */
const pace = z.strictObject({ burst: z.int().positive(), perSecond: z.number().positive() })

export const limitsSchema = z
  .strictObject({
    /** Servers that one temporary user may have at once. */
    serversPerUser: z.int().positive().default(10),
    /** Starts that are under way at once; the rest waits in the queue. */
    startsAtOnce: z.int().positive().default(10),
    // When temporary users come without a gate and people can sign in too, temporary users get three quarters of
    // `servers` and of `waiting`, so that a flood of them keeps no person with an account out.
    /** Servers in all; the rest waits in the queue. `unlimited` is as many as the machine or the cluster bears. */
    servers: z
      .int()
      .positive()
      .or(z.literal('unlimited'))
      .default(200)
      .transform((most) => (most === 'unlimited' ? undefined : most)),
    /** Starts that may wait. A launch beyond that is refused, with the advice to try again later. */
    waiting: z.int().positive().default(1000),
    /** Times that one user may open something, counted in each process by itself. Each time is a line of history. */
    launchesPerUser: pace.default({ burst: 300, perSecond: 1 }),
    /** API tokens that one user may make, also in others' names, counted in each process by itself. */
    tokensPerUser: pace.default({ burst: 200, perSecond: 1 / 60 }),
    /** Times that one user may share a notebook, counted in each process by itself. */
    sharesPerUser: pace.default({ burst: 200, perSecond: 1 / 10 }),
    /** Forms that one user may send with answers to the questions of courses, counted in each process by itself. */
    answersPerUser: pace.default({ burst: 60, perSecond: 1 / 10 }),
    /** What the files may hold that one user has handed in, as answers of all courses. */
    handedInPerUser: bytes.default(50 * 2 ** 20),
    /**
     * What the files of all users together may hold, in the database. Those of temporary users have three quarters of it, so
     * that a flood of them keeps no file of a person out.
     */
    handedIn: bytes.default(5 * 2 ** 30),
    /** What one folder of a course's repository may hold that its servers find beside the notebooks. */
    contentFolder: bytes.default(2 * 2 ** 30),
    /**
     * What the mirrors of the courses' repositories may take on the disk of each hub, and what those of images may take. Those that
     * were used longest ago go, and are fetched again when they are needed.
     */
    gitMirrors: bytes.default(20 * 2 ** 30),
    /** Changes of courses that one user may make, counted in each process by itself. */
    courseChangesPerUser: pace.default({ burst: 100, perSecond: 1 / 10 }),
    /** Builds of images that one user may ask for, by a button or the API, counted in each process by itself. Each is a line of history. */
    buildsPerUser: pace.default({ burst: 30, perSecond: 1 / 60 }),
    // The limits below are counted for each address that clients come from, in each process by itself. An address of
    // IPv6 is a /64, and its /56 and /48 are counted too, with four and sixteen times as much. A whole school may
    // have one address. The proxy must trust what terminates TLS in front of it, or all clients have one address.
    /** Temporary users and learners that are made. */
    newUsersPerAddress: pace.default({ burst: 500, perSecond: 5 }),
    /** Calls of hosts of git after pushes. The addresses of large hosts call for many courses. */
    hookCallsPerAddress: pace.default({ burst: 500, perSecond: 5 }),
    /** People sent to an identity provider. */
    signInsPerAddress: pace.default({ burst: 500, perSecond: 5 }),
    /** Wrong passwords and unknown tokens. */
    failuresPerAddress: pace.default({ burst: 1000, perSecond: 5 }),
    /** Wrong passwords for one account from one address. The account's owner gets in from any other address. */
    failuresPerAccount: pace.default({ burst: 10, perSecond: 1 / 30 }),
  })
  .prefault({})
