/** The folder of a course whose files outlive servers, as the config says it. */
import { z } from 'zod'
import { bytes } from './fields.ts'

/** Folders that belong to the system of an image, or to Carrel. A home may be none of them, nor above or below one. */
const taken = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/run', '/sbin', '/sys', '/tmp', '/usr'],
  ...['/srv/carrel', '/var/run', '/var/tmp'],
]

const homePath = z
  .string()
  .max(255)
  .regex(
    /^(\/(?!\.\.?(\/|$))[\w.-]+)+$/,
    'is an absolute folder of servers, like /home/jovyan/work: letters, digits, dots, underscores and hyphens between single slashes',
  )
  .refine(
    (path) => !taken.some((folder) => path === folder || isBelow(path, folder) || isBelow(folder, path)),
    'is a folder that the image or Carrel itself needs: take one of your own, like /home/jovyan/work',
  )

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`)
}

export const home = z.strictObject(
  {
    /** Where servers see the folder, and where their programs start: `/home/jovyan/work`. */
    path: homePath,
    /** What a home may hold, in bytes or as `5G`. A spawner whose storage cannot enforce it says so at start. Default: no limit. */
    size: bytes.optional(),
    /**
     * Days without use after which a home is removed. The removal is announced and can be taken back for seven days more.
     * Default: homes stay until someone removes them.
     */
    keepDays: z.int().min(1).max(36_500).optional(),
    /** `image`: what the image has at `path` is copied in at each start, where the home has nothing of that name. */
    from: z.literal('image').optional(),
    /**
     * `course`: a learner has one home for each course. `user`: one for all courses that say so. Then one of their
     * servers runs at a time, and no guests come to them, since they would find the files of other courses.
     */
    per: z.enum(['course', 'user']).default('course'),
  },
  { error: ({ input }) => (typeof input === 'string' ? wasStart(input) : undefined) },
)

/** Returns what to write in place of a text, which was the file that opens when a link names none. */
function wasStart(file: string): string {
  return `is the folder of files that last, { path: '/home/jovyan/work' }; the file that opens is said by start: '${file}'`
}

/** Says whether the servers of a course may have guests, as far as its files go. */
export function mayHaveGuests(course: { home?: z.output<typeof home> | undefined }): boolean {
  return course.home?.per !== 'user'
}
