/**
 * A course: a named, allow-listed environment, and the only way to an image.
 *
 * The schema is strict: an unknown word is an error with its path, never ignored. It imports the ground floor only, so that
 * config, hub and (later) a course's own repository check with the same words.
 */
import { z } from 'zod'
import { frameHeight, groupName, origin, personName } from './fields.ts'

/** Path segments of a server that mean something to Jupyter, to JupyterHub's clients or to us. */
const reservedSlugs = new Set([
  '_carrel',
  'api',
  'consoles',
  'custom',
  'doc',
  'edit',
  'favicon.ico',
  'files',
  'git-pull',
  'hub',
  'kernelspecs',
  'lab',
  'login',
  'logout',
  'lsp',
  'metrics',
  'nbconvert',
  'nbextensions',
  'notebooks',
  'oauth_callback',
  'proxy',
  'retro',
  'robots.txt',
  'services',
  'static',
  'templates',
  'terminals',
  'tree',
  'user',
  'view',
  'voila',
])

/** Compared without regard to case, because links in the field are. */
export const courseName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'a course name has 1 to 63 letters, digits, dots, underscores or hyphens and starts with a letter or digit',
  )
  .refine(
    (name) => !reservedSlugs.has(name.toLowerCase()),
    'this name means something to Jupyter or to Carrel in a URL; choose another',
  )

const bytes = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^\d+(\.\d+)?[KMGT]?$/, 'an amount of memory is a number of bytes or looks like 512M, 1.5G')
    .transform((text) =>
      Math.round(
        Number.parseFloat(text) *
          { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, '': 1 }[
            text.replace(/[\d.]/g, '') as 'K' | 'M' | 'G' | 'T' | ''
          ],
      ),
    )
    .pipe(z.int().positive('is nothing')),
])

const filePath = z
  .string()
  .refine(
    (path) => path.split('/').every((name) => !['', '.', '..'].includes(name)) && !/[\\\p{Cc}]/u.test(path),
    'a file of the course is named as it lies there, like week1/intro.ipynb',
  )

const limitsSchema = z.strictObject({
  /** Cores: `0.5`. */
  cpu: z.number().positive().optional(),
  cpuGuarantee: z.number().positive().optional(),
  /**
   * Bytes, or `512M`, `4G`: the server's programs end when they take more. Default: `2G`, or `memoryGuarantee` where that is
   * more; `unlimited` for all that the machine has. Unlimited too where the spawner enforces nothing (processes).
   */
  memory: bytes.or(z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY)).optional(),
  /** Default: 256M where `memory` has its default too. */
  memoryGuarantee: bytes.optional(),
})

export const courseSchema = z.strictObject({
  /** What pages call it. Default: its name. */
  title: z.string().min(1).max(200).optional(),
  /** Image as the spawner understands it. For the process spawner: a folder whose files start the workspace, or ''. */
  image: z.string(),
  /** Replaces the program that is started; the arguments that Carrel needs are appended. */
  command: z.array(z.string().min(1)).min(1).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  limits: limitsSchema.default({}),
  gpu: z.boolean().default(false),
  /** Which front end opens: JupyterLab, or Notebook 7's single document. */
  landing: z.enum(['lab', 'notebook']).default('lab'),
  /** What opens when the link names no notebook: a file of the course, like `week1/intro.ipynb`. */
  home: filePath.optional(),
  /** Which landing paths a link from another site may name without asking. */
  linkable: z
    .array(z.enum(['lab', 'tree', 'notebooks', 'edit', 'doc']))
    .default(['lab', 'tree', 'notebooks', 'edit', 'doc']),
  /** Seconds that making the server's object may take, and again from its start to its first answer. */
  startTimeoutSeconds: z.number().positive().max(3600).default(300),
  /** Seconds that fetching the image may take. */
  pullTimeoutSeconds: z.number().positive().max(7200).default(1800),
  embed: z
    .strictObject({
      ancestors: z.array(origin).default([]),
      /** CSS pixels that its notebooks want of a frame. Default: the site's. */
      height: frameHeight.optional(),
    })
    .prefault({}),
  /**
   * Who may see this course's servers, stop them and open them: names of persons, or of groups as `group:name`. Does
   * nothing unless each server has a host of its own (`servers.url` with a `*`).
   */
  staff: z.array(z.union([z.templateLiteral(['group:', groupName]), personName])).default([]),
  /**
   * Persons may share their servers of this course with users and groups that they name; learners of an LMS and
   * temporary users may not. Does nothing unless each server has a host of its own, either.
   */
  share: z.boolean().default(false),
  /** Origins whose scripts may ask this course's servers with an explicit token. */
  cors: z.array(origin).default([]),
})

export type Course = z.output<typeof courseSchema> & { name: string; slug: string }
