/** Why a repository may not decide some settings of its course, and where they are decided. */
import type { Course } from '../../course.ts'

/** What may be said in `carrel.yaml`. */
type Allowed = 'title' | 'contact' | 'start' | 'landing' | 'fileAt' | 'linkable' | 'strip' | 'startTimeoutSeconds'

/** What a course has that no definition says. */
type Made = 'name' | 'slug' | 'variantOf' | 'app' | 'halted' | 'brought'

const inDefinition = 'take it out here, and set it in the course itself, by its page or `carrel course edit`'
const cost = `is not for a repository to decide, since servers cost the site something: ${inDefinition}`
const people = `is not for a repository to decide, since it says who gets at the course and its servers: ${inDefinition}`
const sites = `is not for a repository to decide, since it opens servers to other sites: ${inDefinition}`
const program = `is not for a repository to decide, since it says what servers are made of: ${inDefinition}`
const files = `is not for a repository to decide, since it lays files over those of servers: ${inDefinition}`
const learners = `is not for a repository to decide, since it asks something of learners: ${inDefinition}`

/** The refusal of each setting that a repository may not decide. A new setting of courses needs a line here, or is allowed. */
export const refusals = {
  open: people,
  hidden: people,
  deprecated: people,
  opens: people,
  closes: people,
  staff: people,
  share: people,
  snapshots: people,
  gpuOnRequest: people,
  image: program,
  program,
  command: program,
  tags: program,
  apps: program,
  env: `is not for a repository to decide, since variables may replace those that servers need, and secrets do not belong into a repository: ${inDefinition}`,
  limits: cost,
  gpu: cost,
  options: `is not for a repository to decide, since it reaches beyond the course's servers: take it out here, and ask the operator`,
  cull: cost,
  rules: cost,
  spares: cost,
  choices: cost,
  pullTimeoutSeconds: cost,
  files,
  jupyter: files,
  home: `is not for a repository to decide, since it says where learners' files lie and how large they grow: ${inDefinition}`,
  content: `is not for a repository to decide, since it says which repository the course has: ${inDefinition}`,
  id: `is not for a repository to decide, since learners' files are kept under it: take it out`,
  language: `is not for a repository to decide, since the site's own pages speak it: ${inDefinition}`,
  questions: learners,
  embed: sites,
  cors: sites,
} as const satisfies Record<Exclude<keyof Course, Allowed | Made>, string>
