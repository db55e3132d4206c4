/** Has what tests of `carrel start` need: courses whose server is a small program, and a browser's first click. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'

/** A config with two courses. A server of `working` ends at SIGTERM, and one of `deaf` does not. */
export const configText = `
  import { defineConfig } from 'carrel/config'
  import { processSpawner } from 'carrel/spawners/process'
  import { temporary } from 'carrel/authenticators/temporary'

  const course = (...args: string[]) => ({
    image: '',
    command: [process.execPath, ${JSON.stringify(join(import.meta.dirname, 'fake-jupyter.ts'))}, ...args],
  })
  export default defineConfig({
    staticFiles: false,
    // The fake servers need no installation.
    spawner: { ...processSpawner(), prepare: undefined } as never,
    authenticators: [temporary()],
    courses: { working: course(), deaf: course('deaf') },
  })
`

/** Returns what starts Carrel for a test, with the config above unless told otherwise. Whatever runs ends after each test. */
export function startForEach(): (options?: Parameters<typeof startCarrel>[0]) => Promise<Carrel> {
  const running: Carrel[] = []
  afterEach(async () => {
    for (const carrel of running.splice(0).reverse()) await carrel.stop()
  })
  return async (options = {}) => {
    const carrel = await startCarrel({ config: configText, ...options })
    running.push(carrel)
    return carrel
  }
}

export interface ServerRow {
  id: string
  run: number
  state: string
}

/** The cookies of the learner that a start of Carrel has for each course. */
const cookies = new WeakMap<Carrel, Record<string, string[]>>()

/** Does what the launch page's script does, always as the same learner, and waits until the server is ready. */
export async function launch(carrel: Carrel, course: string): Promise<ServerRow> {
  const origin = new URL(carrel.link).origin
  // Brings the same learner back for a minute only, as at the next start. The cookie of the first answer does so for longer.
  const first = `carrel-first=${Buffer.alloc(32, course).toString('base64url')}`
  const kept = cookies.get(carrel)?.[course] ?? [first]
  const answer = await fetch(`${origin}/hub/launches`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      origin,
      cookie: kept.join('; '),
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
    },
    body: JSON.stringify({ link: `/tmplogin?course=${course}` }),
  })
  if (!answer.ok) throw new Error(`the launch was refused: ${await answer.text()}`)
  const set = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  if (set.length > 0) cookies.set(carrel, { ...cookies.get(carrel), [course]: set })
  return until(async () => {
    const rows = await carrel.query<ServerRow>(`select id, run, state from servers where course = '${course}'`)
    return rows.find(({ state }) => state === 'ready')
  })
}

/** Listens on a free port of the host, as another program does. */
export async function listenOn(host: string) {
  const server = createServer().listen({ host, port: 0 })
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}
