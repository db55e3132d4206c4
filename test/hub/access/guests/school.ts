import { lms } from '../../../../authenticators/lms.ts'
import { temporary } from '../../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../../config/config.ts'
import {
  type Answer,
  type HttpBrowser,
  lmsUrl,
  redeem,
  startTestHub,
  type TestHub,
  type TestHubOptions,
} from '../../../helpers/test-hub.ts'
import { people } from '../../people.ts'

export const ownHosts = { url: 'http://*.nb.test' }
const shared = { url: 'http://nb.test' }

/** Returns a config in which grace is staff of demo by name, tina is staff by group, and root is an admin. */
export function schoolConfig(more: Partial<ConfigInput> = {}): Partial<ConfigInput> {
  return {
    servers: ownHosts,
    authenticators: [temporary(), people, lms({ issuer: 'edx', courses: ['demo'], pages: [lmsUrl], signed: false })],
    admins: ['root'],
    groups: { tutors: ['tina'], colleagues: ['carl'] },
    courses: {
      demo: { image: 'demo', staff: ['grace', 'group:tutors'], share: true, embed: { ancestors: [lmsUrl] } },
      other: { image: 'other', staff: ['otto'] },
    },
    ...more,
  }
}

export interface School {
  hub: TestHub
  /** Returns a browser in which this person has signed in. */
  as(name: string): Promise<HttpBrowser>
  ann: HttpBrowser
  /** Ann's server. */
  server: { id: string; path: string }
  userId(name: string): Promise<string>
}

/** Starts a hub in which ann has opened demo. `outside` has the world and the proxy if they are to outlive the hub. */
export async function openSchool(
  database: string,
  more: Partial<ConfigInput> = {},
  outside: Pick<TestHubOptions, 'world' | 'proxy'> = {},
): Promise<School> {
  const hub = await startTestHub({ database, config: schoolConfig(more), ...outside })
  const as = async (name: string) => {
    const browser = hub.browser()
    const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
    if (answer.status !== 303) throw new Error(`${name} could not sign in: ${answer.text}`)
    return browser
  }
  const ann = await as('ann')
  await ann.enter('/launch/demo')
  const server = await hub.db('servers').first('id', 'path')
  const userId = async (name: string) => (await hub.db('users').where({ name }).first('id')).id
  return { hub, as, ann, server, userId }
}

/** A config with one host for all servers, where guests do not exist. */
export const onSharedHost = { servers: shared }

export const share = (owner: HttpBrowser, kind: 'user' | 'group', name: string) =>
  owner.submit('/hub/share/demo/add', { kind, name })
export const unshare = (owner: HttpBrowser, kind: 'user' | 'group', name: string) =>
  owner.submit('/hub/share/demo/remove', { kind, name })

/** Presses the button of our page. Returns the answer, and the id of the launch if there is one. */
export async function openAsGuest(browser: HttpBrowser, path: string): Promise<{ answer: Answer; launch?: string }> {
  const answer = await browser.submit('/hub/guests', { to: path })
  const [, launch] = /^\/hub\/launches\/([\w-]{43})$/.exec(String(answer.headers.location ?? '')) ?? []
  return { answer, ...(launch !== undefined && { launch }) }
}

/** Opens the server as a guest and redeems the ticket. Returns the answer to the proxy, or the first refusal. */
export async function enterAsGuest(hub: TestHub, browser: HttpBrowser, path: string): Promise<Answer> {
  const { launch, answer } = await openAsGuest(browser, path)
  if (launch === undefined) return answer
  const ticket = await browser.post(`/hub/launches/${launch}/ticket`)
  return ticket.status === 200 ? redeem(hub, ticket.json().ticket) : ticket
}

/** Returns the guests in the proxy's route. */
export function guestsAt(hub: TestHub, path: string): string[] {
  return hub.proxy.routes.get(path)?.access?.guests ?? []
}
