import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { lineOf } from '../../net/error-code.ts'
import { defineCommand, type Group } from '../command.ts'
import { flag, type Options, UsageError, type Values } from '../options.ts'
import { build } from './builds.ts'
import { gitKeyCommand } from './git-key.ts'
import { hubOptions, withHub } from './hub-client.ts'
import { HubRefusal, transfer } from './hub-files.ts'
import { linesOf, print, shown, understood } from './lines.ts'

const places = z.object({ having: z.number(), all: z.number() })
const result = z.object({ image: z.string(), id: z.string().nullable(), places, problem: z.string().nullable() })
const listed = result.extend({
  ...{ courses: z.array(z.string()), looked: z.string().nullable() },
  ...{ fetched: z.string().nullable(), fetch_problem: z.string().nullable() },
  versions: z.record(z.string(), z.string()).nullable(),
})
const listing = z.object({ supported: z.boolean(), images: z.array(listed) })

/** The lines of the answer to a fetch, in the order in which they are tried. */
const line = z.union([
  result.extend({ done: z.literal(true) }),
  z.object({ end: z.literal(true), failed: z.number() }),
  z.object({ error: z.string(), message: z.string() }),
  z.object({ image: z.string(), places, percent: z.number().optional() }),
  z.strictObject({}).transform(() => undefined),
])

const list = defineCommand({
  name: 'list',
  summary: 'Shows the images of all courses, and where they are',
  description:
    'Shows each image that a course uses, with its digest or id, at how many places it is of those where it should be (engines, or nodes), and its courses. The hub looks every few minutes. Exit code 1: an image is missing.',
  options: hubOptions,
  async run(values, { env }) {
    let isComplete = true
    await withHub(values, env, async (hub) => {
      const { data } = await hub.call({ method: 'GET', path: '/hub/api/images' })
      const { supported, images } = understood(listing, data)
      isComplete = !supported || images.every(isWell)
      if (values.json) return print(JSON.stringify(images, null, 2))
      if (!supported) return print('The servers of this hub start from no images.')
      for (const one of images) {
        print([shown(one.image), placesText(one), one.id ?? '-', one.courses.join(',')].join('\t'))
        // What the registry said is more than that the image is missing.
        const why = one.fetch_problem ?? one.problem
        if (why !== null) print(`  ${shown(why)}`)
      }
      if (images.length === 0) print('No course has an image.')
    })
    return isComplete ? 0 : 1
  },
})

const pullOptions = {
  ...hubOptions,
  watch: { help: 'Do it again and again, until stopped. A hub that is away is waited for.', schema: flag },
  every: {
    value: 'TIME',
    help: 'With --watch: how long to wait in between, such as 30m. Default: 1h.',
    schema: z
      .string()
      .default('1h')
      .transform((text, context) => {
        const [, amount, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? []
        const seconds = Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? ''] ?? Number.NaN)
        if (seconds >= 1 && seconds <= 20 * 86_400) return seconds
        context.addIssue({ code: 'custom', message: 'is a time such as 30m, 6h or 1d, and 20 days at most' })
        return z.NEVER
      }),
  },
} satisfies Options

const pull = defineCommand({
  name: 'pull',
  args: '[COURSE...]',
  summary: 'Has the images of courses fetched to wherever servers start',
  description: `Has the hub fetch the images of all courses, or of those that are named, with their tags: to the engine, or to all nodes that may run their servers. Those that are built of a repository are built first, if it has something new. Images that are there are asked for anew, so that a name that has moved brings the new image. One that fails stops no other. Interrupted or repeated, it goes on where it was. Exit code 1: an image could not be fetched.

With --watch it goes on for ever, as a service does: it says only what has changed, waits for a hub that is away, and ends at SIGTERM with 0.`,
  examples: {
    'carrel images pull': 'Before the first learner of the day',
    'carrel images pull --watch --every 30m': 'Keeps them fresh, as a systemd unit',
    'carrel images pull python r-stats': 'The images of two courses',
  },
  options: pullOptions,
  async run(values, { args: courses, env, isFlag }) {
    if (isFlag('every') && !values.watch) throw new UsageError('--every says how often --watch fetches: add --watch')
    const stop = new AbortController()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
    const fetching = { values, env, courses, signal: stop.signal }
    if (values.watch) return watch(fetching)
    try {
      return (await fetchOnce(fetching, terminal(values))) ? 0 : 1
    } catch (error) {
      if (stop.signal.aborted) return 130
      throw error
    }
  },
})

export const command: Group = {
  name: 'images',
  summary: 'Shows the images of courses, and has them fetched or built before learners come',
  commands: [list, pull, build, gitKeyCommand('images', (name) => `/hub/api/builds/${encodeURIComponent(name)}/key`)],
}

interface Fetching {
  values: Values<typeof pullOptions>
  env: NodeJS.ProcessEnv
  courses: string[]
  signal: AbortSignal
}

type Result = z.output<typeof result>
type Progress = Pick<Result, 'image' | 'places'> & { percent?: number | undefined }

/** The way in which progress and results are told. */
interface Telling {
  progress(one: Progress): void
  results(all: Result[]): void
}

/** Has the images fetched once, and returns whether all are there and fresh. */
async function fetchOnce({ values, env, courses, signal }: Fetching, tell: Telling): Promise<boolean> {
  const body = Buffer.from(JSON.stringify(courses.length === 0 ? {} : { courses }))
  const answer = await transfer(values, env, {
    ...{ method: 'POST', path: '/hub/api/images/pull', signal },
    body: { bytes: body.length, stream: Readable.from([body]), type: 'application/json' },
  })
  const results: Result[] = []
  for await (const text of linesOf(answer)) {
    const one = understood(line, JSON.parse(text))
    if (one === undefined) continue
    if ('error' in one) throw new Error(`the hub says: ${shown(one.message)}`)
    if ('end' in one) {
      tell.results(results)
      return one.failed === 0
    }
    if ('done' in one) results.push(result.parse(one))
    else tell.progress(one)
  }
  throw new Error('the hub has stopped before all images were fetched. Repeat the command: it goes on from there')
}

/** How long a hub that is away is left alone. */
const awayMilliseconds = 5000

/** Has the images fetched again and again until the signal, and says what has changed. */
async function watch(fetching: Fetching): Promise<number> {
  const { values, signal } = fetching
  let before = new Map<string, string>()
  let trouble: string | undefined
  const tell: Telling = {
    progress: () => undefined,
    results(all) {
      const changed = all.filter((one) => before.get(one.image) !== lineOfResult(one))
      before = new Map(all.map((one) => [one.image, lineOfResult(one)]))
      for (const one of changed) print(values.json ? JSON.stringify(one) : lineOfResult(one))
    },
  }
  while (!signal.aborted) {
    let wait = values.every * 1000
    try {
      await fetchOnce(fetching, tell)
      trouble = undefined
    } catch (error) {
      if (signal.aborted) break
      // What the hub refuses once, it refuses always, but for what passes.
      if (error instanceof UsageError || (error instanceof HubRefusal && ![429, 502, 503].includes(error.status)))
        throw error
      if (trouble !== lineOf(error)) process.stderr.write(`carrel: ${shown(lineOf(error))}. Trying again.\n`)
      trouble = lineOf(error)
      wait = Math.min(wait, awayMilliseconds)
    }
    await sleep(wait, undefined, { signal }).catch(() => undefined)
  }
  return 0
}

/** Returns how a person is told: on a terminal by one line that changes, else by a line for each step. */
function terminal({ json }: { json: boolean }): Telling {
  const isTerminal = process.stdout.isTTY && !json
  const said = new Map<string, string>()
  return {
    progress(one) {
      const { image, places: seen, percent } = one
      const text = `${shown(image)}: ${placesText(one)}${percent === undefined ? '' : `, ${percent} %`}`
      if (isTerminal) return void process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns ?? 80) - 1)}`)
      // Of percents a log gets each quarter.
      const step = `${seen.having}/${seen.all} ${percent === undefined ? '' : Math.floor(percent / 25)}`
      if (!json && said.get(image) !== step) print(text)
      said.set(image, step)
    },
    results(all) {
      if (isTerminal) process.stdout.write('\r\x1b[K')
      if (json) return print(JSON.stringify(all, null, 2))
      for (const one of all) print(lineOfResult(one))
      if (all.length === 0) print('No course has an image.')
    },
  }
}

function lineOfResult(one: Result): string {
  const { image, id, problem } = one
  const where = `${shown(image)}: ${placesText(one)}${id === null ? '' : `, ${id}`}`
  if (problem === null) return where
  return `${where}\n  ${isWell(one) ? 'could not be fetched anew' : 'failed'}: ${shown(problem)}`
}

/** Returns whether an image is wherever it should be. Where no place is known, nothing is missing. */
function isWell({ places: { having, all } }: Pick<Result, 'places'>): boolean {
  return having >= all
}

function placesText({ places: { having, all } }: Pick<Result, 'places'>): string {
  if (all === 1) return having === 1 ? 'there' : 'missing'
  return `at ${having} of ${all} places`
}
