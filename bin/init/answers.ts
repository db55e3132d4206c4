/** Completes what the command line says about a first config: by questions at a terminal, else by defaults. */
import { createInterface } from 'node:readline/promises'
import { type Starter, starterSignIns, starterSpawners } from '../../config/starter.ts'
import { courseName } from '../../courses/course.ts'
import { origin } from '../../courses/fields.ts'
import { didYouMean } from '../../net/settings/near.ts'
import { isOwnMachine, plainHttpProblem, publicUrlsProblem, serverOrigin } from '../../seats/host.ts'
import { UsageError } from '../options.ts'

export interface GivenAnswers {
  spawner?: Starter['spawner'] | undefined
  signIn?: Starter['signIn'] | undefined
  hubUrl?: string | undefined
  serversUrl?: string | undefined
  course?: string | undefined
  image?: string | undefined
}

interface Question {
  option: string
  text: string
  fallback: string
  /** Returns what is wrong with an answer. */
  problem(answer: string): string | undefined
}

/** Asks for what is not given, where there is somebody to ask. Throws a `UsageError` for an answer that cannot be. */
export async function completeAnswers(
  given: GivenAnswers,
  streams?: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Promise<Starter> {
  const terminal = streams && createInterface(streams)
  // Lines that come before their question are kept for it.
  const lines = terminal?.[Symbol.asyncIterator]()
  const complete = async (question: Question, answer: string | undefined): Promise<string> => {
    if (answer !== undefined || lines === undefined) return checked(question, answer ?? question.fallback)
    for (;;) {
      const shown = question.fallback === '' ? 'none' : question.fallback
      streams?.output.write(`${question.text} [${shown}] `)
      const next = await lines.next()
      if (next.done) throw new UsageError('the questions were not answered; nothing is written')
      const typed = next.value.trim() || question.fallback
      const wrong = question.problem(typed)
      if (wrong === undefined) return typed
      streams?.output.write(`That ${wrong}.\n`)
    }
  }
  try {
    const spawner = await complete(
      choice('--spawner', 'Where do servers run', starterSpawners, 'process'),
      given.spawner,
    )
    const signIn = await complete(
      choice('--sign-in', 'How do people come in', starterSignIns, 'temporary'),
      given.signIn,
    )
    const urls = await completeUrls(spawner, given, (question, answer) => complete(question, answer))
    const course = await complete(courseQuestion, given.course)
    const image = await complete(imageQuestion(spawner), given.image)
    return { spawner: spawner as Starter['spawner'], signIn: signIn as Starter['signIn'], urls, course, image }
  } finally {
    terminal?.close()
  }
}

async function completeUrls(
  spawner: string,
  { hubUrl, serversUrl }: GivenAnswers,
  complete: (question: Question, answer: string | undefined) => Promise<string>,
): Promise<Starter['urls']> {
  if (spawner === 'process') {
    if (hubUrl === undefined && serversUrl === undefined) return undefined
    throw new UsageError('the process spawner is for this machine alone: leave out --hub-url and --servers-url')
  }
  const hub = await complete(hubQuestion, hubUrl)
  if (hub === '') {
    if (serversUrl === undefined) return undefined
    throw new UsageError('--servers-url comes with --hub-url')
  }
  const servers = serversUrl ?? hub.replace('://', '://*.servers.')
  const problem = serversProblem(hub, servers)
  if (problem !== undefined) throw new UsageError(`--servers-url ${problem}`)
  return { hub, servers }
}

function serversProblem(hub: string, servers: string): string | undefined {
  if (!origin.safeParse(serverOrigin(servers, 'label')).success) return 'looks like https://*.nb.example.org'
  return publicUrlsProblem(hub, servers, false) ?? plainHttpProblem(hub, servers, false)
}

function choice(option: string, text: string, all: readonly string[], fallback: string): Question {
  const problem = (answer: string) =>
    all.includes(answer) ? undefined : `is none of ${all.join(', ')}${didYouMean(answer, all)}`
  return { option, text: `${text}? ${all.join(', ')}`, fallback, problem }
}

const hubQuestion: Question = {
  option: '--hub-url',
  text: 'What is the public address of its pages, like https://hub.example.org?',
  fallback: '',
  problem: (answer) => {
    if (answer === '') return undefined
    if (!origin.safeParse(answer).success)
      return 'is no origin: https://hub.example.org has scheme and host, no path, no slash at the end'
    return isOwnMachine(answer) || answer.startsWith('https:')
      ? undefined
      : 'is http under a name that others reach; it needs https'
  },
}

const courseQuestion: Question = {
  option: '--course',
  text: 'What is the name of the first course?',
  fallback: 'demo',
  problem: (answer) => {
    const [issue] = courseName.safeParse(answer).error?.issues ?? []
    return issue && `cannot be: ${issue.message}`
  },
}

function imageQuestion(spawner: string): Question {
  const isFolder = spawner === 'process'
  return {
    option: '--image',
    text: isFolder ? 'Which folder has its files?' : 'Which image has it?',
    fallback: isFolder ? '' : 'quay.io/jupyter/minimal-notebook:latest',
    problem: (answer) => (answer === '' && !isFolder ? 'is empty' : undefined),
  }
}

function checked({ option, problem }: Question, answer: string): string {
  const wrong = problem(answer)
  if (wrong !== undefined) throw new UsageError(`${option} ${wrong}`)
  return answer
}
