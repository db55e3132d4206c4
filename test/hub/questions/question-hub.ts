/** A hub with a course that asks, and forms with files as a browser sends them. */
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { type Answer, type HttpBrowser, hubUrl, launchPageData } from '../../helpers/test-hub.ts'
import { type ChoiceHub, startChoiceHub } from '../choices/choice-hub.ts'
import { people } from '../people.ts'

export const coursesWithQuestions: ConfigInput['courses'] = {
  data: {
    image: 'data',
    title: 'Data lab',
    tags: { next: { image: 'data:next', open: 'everyone' } },
    choices: {
      size: [
        { name: 'small', env: { SIZE: 's' } },
        { name: 'large', env: { SIZE: 'l' } },
      ],
    },
    questions: {
      repo: {
        kind: 'text',
        title: 'Repository',
        description: 'One of https://git.example.org, like https://git.example.org/ann/work.',
        required: true,
        env: 'REPO',
        pattern: 'https://git\\.example\\.org/[\\w.\\/\\-]+',
      },
      workers: { kind: 'number', env: 'WORKERS', min: 1, max: 8, default: 2 },
      note: { kind: 'text', env: 'NOTE', lines: true, maxLength: 100 },
      dataset: {
        kind: 'file',
        title: 'Data set',
        path: '/srv/data',
        env: 'DATASET',
        accept: ['.csv', '.tsv'],
        maxBytes: 10_000,
      },
      extra: { kind: 'file', into: 'home' },
    },
  },
  must: { image: 'must', questions: { data: { kind: 'file', path: '/srv/data', required: true } } },
  plain: { image: 'plain' },
}

export const repo = 'https://git.example.org/ann/work'

export function startQuestionHub(database?: string, config: Partial<ConfigInput> = {}): Promise<ChoiceHub> {
  return startChoiceHub(database, {
    authenticators: [temporary(), people],
    courses: coursesWithQuestions,
    ...config,
  })
}

/** A part of a form: a text, or a file with the name that a browser gives it. */
export type Part = string | { name: string; content: string; type?: string }

export const boundary = 'form-of-the-tests'

/** Returns the body of a form in parts. */
export function partsOf(fields: Record<string, Part>): string {
  const parts = Object.entries(fields).map(([field, part]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"`
    if (typeof part === 'string') return `${head}\r\n\r\n${part}\r\n`
    return `${head}; filename="${part.name}"\r\nContent-Type: ${part.type ?? 'text/csv'}\r\n\r\n${part.content}\r\n`
  })
  return `${parts.join('')}--${boundary}--\r\n`
}

/** Sends a form in parts as a browser does from a page of the hub. */
export function sendParts(
  browser: HttpBrowser,
  path: string,
  fields: Record<string, Part>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return browser.fetch(path, {
    method: 'POST',
    headers: {
      accept: 'text/html',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      origin: hubUrl,
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body: partsOf(fields),
  })
}

/** Sends the form of a link. Fields that are not said are left empty, as a browser sends them too. */
export function answer(browser: HttpBrowser, link: string, fields: Record<string, Part> = {}): Promise<Answer> {
  const answers = Object.entries(fields).map(([name, part]) => [
    /^(choice|remove)-/.test(name) ? name : `answer-${name}`,
    part,
  ])
  return sendParts(browser, '/hub/choice/answers', {
    ...{ link, asks: 'true', 'answer-workers': '', 'answer-note': '' },
    ...Object.fromEntries(answers),
  })
}

/** Opens a link for which nothing is open any more, and waits for its server. */
export async function enter(hub: ChoiceHub, browser: HttpBrowser, link: string): Promise<Started> {
  const page = await browser.navigate(link)
  if (page.status !== 200)
    throw new Error(`${link} was answered with ${page.status} ${page.headers.location ?? page.text}`)
  const { launch } = launchPageData(page.text)
  if (launch !== '') await browser.follow(launch)
  else await browser.enter(link)
  return startedIn(hub.world)
}

export interface Started {
  env: Record<string, string>
  /** The files that were laid into the server, by their paths. */
  files: Record<string, string>
  command: string[]
}

/** Returns what the newest server has. */
export async function startedIn(world: FakeServers): Promise<Started> {
  const object = [...world.objects.values()].at(-1)
  if (object === undefined) throw new Error('no server was started')
  const files: Record<string, string> = {}
  for (const { digest, path, into } of object.bundles)
    for (const file of await filesIn(Buffer.from(world.bundles.get(digest) ?? '', 'base64')))
      if ('content' in file) files[`${into === 'home' ? '~' : path}/${file.name}`] = String(file.content)
  return { env: object.env, files, command: object.spec.command }
}
