/**
 * The schema of a course: a named, allow-listed environment, and the only way to an image.
 *
 * The schema is strict: an unknown word is an error with its path, never ignored. It imports no room of the hub, so
 * that config, hub and a course's own repository check with the same words.
 */
import { z } from 'zod'
import { languages } from '../words/language.ts'
import { choicesSchema } from './choices.ts'
import type { Brought } from './content/brought.ts'
import { contentSchema } from './content/content.ts'
import { deprecatedSchema } from './deprecated.ts'
import { frameHeight, originPattern, staffName } from './fields.ts'
import { filesSchema, jupyterSchema } from './files.ts'
import { home } from './home.ts'
import { moment, openTo } from './opening.ts'
import { programProblems, programSchema } from './programs.ts'
import { questionsSchema } from './questions/questions.ts'
import { courseSettings, ruleSchema, variables } from './settings.ts'
import { sparesSchema } from './spares.ts'
import { fileAt, linkableSegment, startPlace } from './start.ts'
import { asPeopleRead } from './support/contact.ts'

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

/** The name of a course. Names are compared without regard to case, because links in use differ in case. */
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

/** The name of a course in small letters. */
const courseId = courseName.refine((id) => id === id.toLowerCase(), 'has small letters only')

/** Links are read without regard to case, so a tag or an app has no capitals. `gpu` is the word of `needs_gpu=`. */
const variantName = z
  .string()
  .regex(
    /^[a-z0-9_][a-z0-9_.-]{0,62}$/,
    'the name of a tag or an app has up to 63 of a-z, 0-9, . _ - and does not start with . or -',
  )
  .refine((name) => name !== 'gpu' && !name.includes('--'), '`gpu` and `--` mean something here; choose another name')

const landing = z.enum(['lab', 'notebook'])

/** Another program of the course. What it does not say is as the course says it. */
const appSchema = z.strictObject({
  /** The app's name on pages. Default: the word by which links choose it. */
  title: z.string().min(1).max(100).optional(),
  /** With a program of its own, `command`, `start`, `fileAt` and `linkable` are its own too. */
  program: programSchema.optional(),
  command: z.array(z.string().min(1)).min(1).optional(),
  image: z.string().optional(),
  /** Variables in place of those of the course that have the same names, and beside the others. */
  env: variables.optional(),
  landing: landing.optional(),
  start: startPlace.optional(),
  fileAt: fileAt.optional(),
  linkable: z.array(linkableSegment).optional(),
  /** The users of the course who may choose the app. Default: all of them. */
  open: openTo.default('everyone'),
})

export type App = z.output<typeof appSchema>

const courseShape = z.strictObject({
  /** The course's title on pages. Default: its name. */
  title: z.string().min(1).max(200).optional(),
  /**
   * The users who may open the course. `everyone`: every user whom the site lets in at all. `signed-in`: persons, and visitors who
   * had to sign in before they became temporary users. A list: the persons that it names, and the members of groups that
   * it names as `group:name`. Staff of the course and admins may open it always.
   */
  open: openTo.default('everyone'),
  /**
   * Keeps the course out of all lists, but for its staff and for users who have a notebook in it. Users for whom it is not
   * get the answer of a course that does not exist.
   */
  hidden: z.boolean().default(false),
  /**
   * That the course is on its way out: what its users are told, and the name of the course that links to it open instead.
   * Notebooks that are there stay open to their owners.
   */
  deprecated: deprecatedSchema(courseName).optional(),
  /** When the course opens and closes: `2027-01-18T09:00+01:00`, or `2027-01-18T09:00[Europe/Paris]`. What runs at the end goes on. */
  opens: moment.optional(),
  closes: moment.optional(),
  /** The language in which the hub's pages speak to the course's learners: `en` or `fr`. Default: what each browser wants. */
  language: z.enum(languages).optional(),
  /** The one to ask for people who may not open the course, as pages say it: `Prof. Martin, martin@example.org`. */
  contact: z.string().min(1).max(200).transform(asPeopleRead).optional(),
  /** The image as the spawner names it. For the process spawner: a folder whose files start the workspace, or ''. */
  image: z.string(),
  /** What runs in the course's servers. docs/programs.md says how any program is written down that answers browsers. */
  program: programSchema.default('jupyter'),
  /**
   * What is started instead of `jupyter-lab`, or of `jupyter-notebook` with the program `notebook-6`:
   * `['start-notebook.py']`. The arguments that Carrel needs are appended.
   */
  command: z.array(z.string().min(1)).min(1).optional(),
  ...courseSettings.shape,
  /** Other settings for servers of some users. They stand before the site's; the first one that means the owner counts. */
  rules: z.array(ruleSchema).default([]),
  /**
   * Files that the course's servers find, read-only, in these folders, which hold nothing else then:
   * `{ '/srv/course': { 'dates.json': { … }, 'data': './data' } }`. A text names a file or folder beside the config file.
   * What the site's `files` has is there too, unless the course has a file of that name in that folder.
   */
  files: filesSchema.default({}),
  /** Settings of JupyterLab and Notebook 7, beside those of the image. Each takes the place of the site's. */
  jupyter: jupyterSchema.default({}),
  /**
   * Other images of the course, by the word of a link's `tag=`, and who may choose them: `open` as above, by default nobody
   * but staff. Only who may open the course may choose one.
   */
  tags: z
    .record(
      variantName,
      z.strictObject({
        image: z.string(),
        open: openTo.default([]),
        /** That this image is on its way out: what its users are told, and which tag links to it open instead. */
        deprecated: deprecatedSchema(variantName).optional(),
      }),
    )
    .default({}),
  /**
   * Other programs of the course, by the word of a link's `app=`. Each has servers of its own, and the same home; where there
   * is a home, one of them runs at a time.
   */
  apps: z.record(variantName, appSchema).default({}),
  /** The users who may ask for a GPU by `needs_gpu=` in a link, like `open`. Default: none. An empty list: staff. */
  gpuOnRequest: openTo.optional(),
  /**
   * What learners may choose for their servers, a few alternatives each, with settings that come over those of the course
   * and of rules: `{ size: [{ name: 'small', … }, { name: 'large', limits: { memory: '8G' } }] }`. The first that is offered
   * to a user is the default. Links choose by `?size=large`.
   */
  choices: choicesSchema.default({}),
  /**
   * What users answer before a start, on the same form: texts and numbers, which servers find in variables, and files:
   * `{ repo: { kind: 'text', env: 'REPO', required: true }, dataset: { kind: 'file', path: '/srv/data' } }`. Links answer
   * texts and numbers by `?repo=…`.
   */
  questions: questionsSchema.default({}),
  /**
   * The front end that opens: JupyterLab, or Notebook with a single document. The classic Notebook is always `notebook`. A
   * web program opens with its first page. Default: what the course's repository says, else `lab`.
   */
  landing: landing.optional(),
  /**
   * What opens when a link names no file: a file of the course, like `week1/intro.ipynb`, or with a slash in front any path
   * inside servers, like `/voila/render/intro.ipynb`.
   */
  start: startPlace.optional(),
  /**
   * The path inside servers at which files of the course open, in place of the front end's: `/voila/render/{file}`. Without
   * it a web program opens no files by links, and a link that names one leads to where the program starts.
   */
  fileAt: fileAt.optional(),
  /** Where its notebooks come from: `{ git: 'https://git.example.org/courses/python' }` (docs/courses.md, "Content from git"). */
  content: contentSchema.optional(),
  /** The folder whose files outlive servers. Default: none, and what lasts is up to the spawner (docs/operating.md, "Files that last"). */
  home: home.optional(),
  /**
   * The name under which the homes of this course are kept, in small letters. It stays when the course gets another name,
   * so that learners find their files again. Default: the course's name.
   */
  id: courseId.optional(),
  /**
   * Whether learners find the strip above their notebooks: state, time left, versions and help (docs/courses.md, "The
   * strip"). Default: where the course has content.
   */
  strip: z.boolean().optional(),
  /**
   * Whether learners may share copies of their notebooks to read, by a link that opens for all who have it (docs/snapshots.md).
   * Temporary users may not. Default: where the site has snapshots.
   */
  snapshots: z.boolean().optional(),
  /**
   * How many servers of the course run before anybody has clicked, so that a notebook opens at once: `5`, or with an age limit
   * or hours of the week (docs/courses.md, "Spares"). Default: none. A course with a home has none.
   */
  spares: sparesSchema.optional(),
  /**
   * First parts of paths inside servers to which a link from another site may lead without asking. Default: `lab`, `tree`,
   * `notebooks`, `edit` and `doc` of Jupyter, and nothing of a web program but `start` and what `fileAt` means.
   */
  linkable: z.array(linkableSegment).optional(),
  /**
   * Seconds that making the server's object may take. The time from its start to its first answer has the same limit.
   * Default: what the course's repository says, else 300.
   */
  startTimeoutSeconds: z.number().positive().max(3600).optional(),
  /** Seconds that fetching the image may take. */
  pullTimeoutSeconds: z.number().positive().max(7200).default(1800),
  embed: z
    .strictObject({
      /** Sites that may show the course in frames: `https://lms.example.org`, or `https://*.example.org`. */
      ancestors: z.array(originPattern).default([]),
      /** Height in CSS pixels that a frame with its notebooks should have. Default: the height of the site. */
      height: frameHeight.optional(),
    })
    .prefault({}),
  /**
   * Staff, who may see, stop and open this course's servers: names of persons, or of groups as `group:name`. Has no
   * effect unless each server has a host of its own (`servers.url` with a `*`).
   */
  staff: z.array(staffName).default([]),
  /**
   * Whether persons may share their servers of this course with users and groups that they name. Learners of an LMS and
   * temporary users may not share. Has no effect unless each server has a host of its own (`servers.url` with a `*`).
   */
  share: z.boolean().default(false),
  /**
   * Origins whose scripts may send requests with an explicit token to this course's servers; `https://*.example.org`
   * stands for all names below example.org.
   */
  cors: z.array(originPattern).default([]),
})

/** A course as a config has it, or a course's own repository. */
export const courseSchema = courseShape.superRefine((course, context) => {
  const { apps, ...whole } = course
  const all: [path: string[], course: Parameters<typeof programProblems>[0]][] = [
    [[], whole],
    ...Object.entries(apps).map(([name, app]): [string[], typeof whole] => [['apps', name], withApp(whole, app)]),
  ]
  for (const [path, one] of all)
    for (const [place, message] of programProblems(one))
      context.addIssue({ code: 'custom', path: [...path, ...place], message })
  if (course.spares !== undefined && course.home !== undefined) {
    const message =
      'does not go with home: a server that runs before its user is known can have no files of that user. Take out one of the two'
    context.addIssue({ code: 'custom', path: ['spares'], message })
  }
  if (course.content !== undefined && course.home?.per === 'user') {
    const message =
      "does not go with home: { per: 'user' }: copies of the notebooks of several courses would lie in each other's place. Give the course a home of its own"
    context.addIssue({ code: 'custom', path: ['content'], message })
  }
})

/** Returns a course as one of its apps has it, under the course's own names. Pure. */
export function withApp<T extends Omit<z.output<typeof courseShape>, 'apps' | 'id'>>(course: T, app: App): T {
  const { title: _title, env, open, program, ...rest } = app
  const own =
    program === undefined ? {} : { command: undefined, start: undefined, fileAt: undefined, linkable: undefined }
  const said = Object.fromEntries(Object.entries({ program, ...rest }).filter(([, value]) => value !== undefined))
  return { ...course, ...own, ...said, open, env: { ...course.env, ...env } }
}

/**
 * A course with its names. `id` is the one under which its homes are kept, and the site's rules stand behind its own. A
 * variant of another course (`variants.ts`) has that course's id, and its slug in `variantOf`; one that is an app has the
 * app's word in `app`.
 */
export type Course = Omit<z.output<typeof courseShape>, 'id'> & {
  name: string
  slug: string
  id: string
  variantOf?: string
  app?: string
  /** Why a course that people have made opens to no one: it is archived, or the operator's terms do not allow it any more. */
  halted?: 'archived' | 'withheld'
  /** The content as it was brought last; undefined for a course without, and before the first time. */
  brought?: Brought
}
