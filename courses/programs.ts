/**
 * The programs of servers: Jupyter, classic Notebook 6, or any program that answers browsers. docs/programs.md says how to
 * write one down, with examples that were tried.
 */
import { z } from 'zod'
import { didYouMean } from '../net/settings/near.ts'
import { insidePath, startFile } from './start.ts'

/** A program of which Carrel knows nothing but what stands here. Nothing is appended to its command. */
const webProgram = z.strictObject({
  /**
   * The program and its arguments. In them, and in the course's `env`, `{port}`, `{ip}` and `{socket}` are where it has to
   * listen, `{prefix}` is the path of the server without a slash at its end, `{folder}` the folder of the learner's files,
   * and `{start}` the file that `start` names.
   */
  command: z.array(z.string().min(1)).min(1),
  /**
   * `kept`: the program sees paths as browsers do, and must be told `{prefix}`. `stripped`: it sees them without the prefix,
   * as if it had a host of its own; its pages then have to name each other by relative addresses, or by the
   * `X-Forwarded-Prefix` that each request has.
   */
  prefix: z.enum(['kept', 'stripped']),
  /** A path inside the program that answers with a status below 500 once the program is up. */
  ready: insidePath.default('/'),
  /** Where it listens. Only the process spawner gives out sockets. */
  listens: z.enum(['port', 'socket']).default('port'),
  /**
   * How requests show the server's token, for a program that checks one: as `Authorization: token …`, `Bearer …` or `Basic …`
   * (the name is `carrel`). `{token}` in `env` tells the program the token. Default: they show none.
   */
  authorization: z.enum(['none', 'token', 'bearer', 'basic']).default('none'),
})

export type WebProgram = z.output<typeof webProgram>

/**
 * The program of a course's servers. `jupyter`: JupyterLab, Notebook 7, and all that takes the options of Jupyter Server.
 * `notebook-6`: the classic Notebook up to version 6, whose options have other names.
 */
export const programSchema = z.union([z.enum(['jupyter', 'notebook-6']), webProgram])

export type ServerProgram = z.output<typeof programSchema>

/** Returns whether the program speaks Jupyter's API, so that it tells of its files and kernels. Pure. */
export function speaksJupyter(program: ServerProgram): program is 'jupyter' | 'notebook-6' {
  return typeof program === 'string'
}

/** Returns the program that servers start, and its arguments without those that Carrel appends. Pure. */
export function startedCommand({
  program,
  command,
}: {
  program: ServerProgram
  command?: string[] | undefined
}): string[] {
  if (!speaksJupyter(program)) return program.command
  return command ?? [program === 'jupyter' ? 'jupyter-lab' : 'jupyter-notebook']
}

/** What may stand for something in the command of a web program, and in the environment of its servers. */
const known = ['port', 'ip', 'socket', 'prefix', 'folder', 'start'] as const

/** A word in braces, which is none of a shell's variables. */
const placeholder = /(?<!\$)\{([a-z]+)\}/g

/** Returns a text with the values of placeholders in their places. A word without a value stays as it is. Pure. */
export function withWords(text: string, values: Record<string, string | undefined>): string {
  return text.replace(placeholder, (whole, word: string) =>
    Object.hasOwn(values, word) ? (values[word] ?? whole) : whole,
  )
}

function wordsIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => [...text.matchAll(placeholder)].map(([, word = '']) => word)))
}

interface Started {
  program: ServerProgram
  command?: string[] | undefined
  start?: string | undefined
  env: Record<string, string>
}

/** Returns what in the program of a course does not fit together, each with its place in the course. Pure. */
export function programProblems(course: Started): [path: (string | number)[], message: string][] {
  const { program, command, env } = course
  if (speaksJupyter(program)) return []
  const all = wordsIn([...program.command, ...Object.values(env)])
  const { listens } = program
  const other = listens === 'port' ? 'socket' : 'port'
  return [
    ...(command === undefined
      ? []
      : [inCourse(['command'], 'is for Jupyter: a web program is started by what program.command says')]),
    ...program.command.flatMap((text, index) =>
      [...wordsIn([text])].flatMap((word) => {
        const message = wordProblem(word)
        return message === undefined ? [] : [inCourse(['program', 'command', index], message)]
      }),
    ),
    ...(all.has(listens)
      ? []
      : [inCourse(['program', 'command'], `does not say {${listens}}: the program must be told where to listen`)]),
    ...(all.has(other)
      ? [inCourse(['program', 'listens'], `is '${listens}', and {${other}} is used: say listens: '${other}' for that`)]
      : []),
    ...(all.has('start') && startFile(course) === undefined
      ? [
          inCourse(
            ['program', 'command'],
            "says {start}, and start names no file of the course: add it, like start: 'app.py'",
          ),
        ]
      : []),
    ...(program.authorization !== 'none' && !wordsIn(Object.values(env)).has('token')
      ? [
          inCourse(
            ['program', 'authorization'],
            "needs a variable that tells the program the token, like env: { APP_TOKEN: '{token}' }",
          ),
        ]
      : []),
  ]
}

function inCourse(path: (string | number)[], message: string): [(string | number)[], string] {
  return [path, message]
}

function wordProblem(word: string): string | undefined {
  if ((known as readonly string[]).includes(word)) return undefined
  if (word === 'token') return 'says {token}, and process lists show arguments: put it into a variable of env'
  const hint = didYouMean(word, known) || `; there are ${known.map((name) => `{${name}}`).join(', ')}`
  return `says {${word}}, which stands for nothing${hint}`
}
