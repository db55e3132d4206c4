/** Hubs on which teachers make courses. */
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { type Answer, createHttpBrowser, type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

export type Making = NonNullable<ConfigInput['courseMaking']>

export const making: Making = {
  by: ['ann', 'group:teachers'],
  images: ['registry.test/courses/*', { name: 'Statistics', image: 'stats:3' }],
  limits: { memory: '4G', cpu: 2 },
  staff: ['tim'],
  most: 5,
}

export interface Maker {
  browser: HttpBrowser
  /** An API token of this person. */
  token: string
  /** Calls the API of courses with a token of this person. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
}

export interface MakersHub extends TestHub {
  maker(name: string): Promise<Maker>
}

type Options = Pick<Parameters<typeof startTestHub>[0] & object, 'database' | 'world' | 'proxy' | 'config'>

/** Starts a hub on which ann and the group of teachers, which is bea, make courses, and root is an admin. */
export async function startMakersHub({ config, ...options }: Options = {}): Promise<MakersHub> {
  const hub = await startTestHub({
    ...options,
    config: {
      authenticators: [temporary(), people],
      servers: { url: 'http://*.nb.test' },
      admins: ['root'],
      groups: { teachers: ['bea'] },
      courseMaking: making,
      ...config,
    },
  })
  return { ...hub, maker: (name) => makerAt(hub, name) }
}

export async function makerAt(hub: TestHub, name: string): Promise<Maker> {
  const browser = createHttpBrowser(hub.address)
  await browser.submit('/hub/login/local', { username: name, password: 'right' })
  const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
  const [token = ''] = /carrel-user-[\w-]{43}/.exec(page.text) ?? []
  return {
    browser,
    token,
    ask: (method, path, body) =>
      createHttpBrowser(hub.address).fetch(`/hub/api/courses${path}`, {
        method,
        headers: { authorization: `token ${token}`, 'content-type': 'application/json', accept: 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  }
}
