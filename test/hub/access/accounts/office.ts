import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { password } from '../../../../authenticators/password.ts'
import type { ConfigInput } from '../../../../config/config.ts'
import { adminSocketOf } from '../../../../net/machine/admin-socket.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { people } from '../../people.ts'

export const first = 'four plain short words'
export const second = 'quite another set of words'

/** A hub with accounts, and root, an admin who comes in another way. */
export interface Office {
  hub: TestHub
  root: HttpBrowser
  /** Calls the API as root. */
  api(method: string, path: string, body?: object): ReturnType<HttpBrowser['fetch']>
  /** Adds an account and returns its link, without the hub's origin. */
  add(name: string): Promise<string>
  /** Adds an account with the password `first`. */
  addWithPassword(name: string): Promise<void>
  signIn(name: string, typed: string): Promise<{ browser: HttpBrowser; status: number; text: string }>
}

export async function openOffice(database: string, more: Partial<ConfigInput> = {}): Promise<Office> {
  const config = { authenticators: [password(), people], admins: ['root'], ...more }
  const hub = await startTestHub({ database, config })
  const root = hub.browser()
  await root.submit('/hub/login/local', { username: 'root', password: 'right' })
  const { text } = await root.submit('/hub/token', { note: 'office', days: '1' })
  const [token = ''] = /carrel-user-[\w-]{43}/.exec(text) ?? []
  const api = (method: string, path: string, body?: object) =>
    hub.browser().fetch(`/hub/api/accounts${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const add = async (name: string) => {
    const { accounts } = (await api('POST', '', { names: [name] })).json()
    return pathOf(accounts[0].link)
  }
  const signIn = async (name: string, typed: string) => {
    const browser = hub.browser()
    const { status, text } = await browser.submit('/hub/login/password', { username: name, password: typed })
    return { browser, status, text }
  }
  return {
    ...{ hub, root, api, add, signIn },
    async addWithPassword(name) {
      await useLink(hub.browser(), await add(name), first)
    },
  }
}

/** Presses the button of a link's page. */
export function useLink(browser: HttpBrowser, link: string, typed: string, headers: Record<string, string> = {}) {
  const query = Object.fromEntries(new URLSearchParams(link.slice(link.indexOf('?') + 1)))
  return browser.submit('/hub/new-password', { ...query, password: typed, again: typed }, headers)
}

export function pathOf(link: string): string {
  const { pathname, search } = new URL(link)
  return pathname + search
}

/** Has the operator make a link that signs in as the account. Returns it without the hub's origin. */
export async function signInLink(hub: TestHub, name: string): Promise<string> {
  const command = request({
    socketPath: adminSocketOf(hub.dataDir),
    method: 'POST',
    path: `/hub/api/accounts/${name}/sign-in-link`,
    headers: { 'content-type': 'application/json' },
    agent: false,
  }).end('{}')
  const [answer]: IncomingMessage[] = await once(command, 'response')
  const { link } = JSON.parse((await answer?.toArray())?.join('') ?? '')
  return pathOf(link)
}

/** Presses the button of the page of such a link. */
export function useSignInLink(browser: HttpBrowser, link: string, headers: Record<string, string> = {}) {
  const query = Object.fromEntries(new URLSearchParams(link.slice(link.indexOf('?') + 1)))
  return browser.submit('/hub/sign-in-link', query, headers)
}
