import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { until } from '../until.ts'

const candidates = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

function firefoxPath(): string | undefined {
  return process.env.CARREL_TEST_FIREFOX ?? candidates.find((file) => existsSync(file))
}

/** Returns why there is no Firefox, for `requirePart`, or undefined when there is one. */
export function missingFirefox(): string | undefined {
  return firefoxPath() === undefined
    ? 'no Firefox is installed (Debian: firefox-esr; or CARREL_TEST_FIREFOX)'
    : undefined
}

/** A tab, or a frame in a tab. */
export interface BrowsingContext {
  id: string
  url: string
  children: BrowsingContext[]
}

export interface Firefox {
  newTab(): Promise<string>
  close(): Promise<void>
  /** Opens an address. Resolves when the page has loaded. */
  go(tab: string, url: string): Promise<void>
  /** Returns all tabs with their frames. */
  tabs(): Promise<BrowsingContext[]>
  /** Returns the value of an expression, which may be a promise, in a tab or frame. */
  evaluate<T>(context: string, expression: string): Promise<T>
  /** Evaluates the expression until it is true. Throws with the page's text when it stays false. */
  until(context: string, expression: string, seconds?: number): Promise<void>
  /** Clicks with the mouse on the first element of the selector, as soon as the element exists and accepts clicks. */
  click(context: string, selector: string): Promise<void>
  /** Types text or keys of WebDriver into the focused element. The keys of `held` stay down meanwhile. */
  type(context: string, keys: string, held?: string[]): Promise<void>
}

/** WebDriver's codes of keys. */
export const keys = { enter: '\uE007', escape: '\uE00C', shift: '\uE008', control: '\uE009' }

/**
 * Starts a real Firefox with a new profile, driven by WebDriver BiDi on its own debugging port. Cookies have total
 * cookie protection, as they have for people. The browser accepts self-signed certificates, and finds `.localhost`
 * names by itself.
 */
export async function startFirefox(): Promise<Firefox> {
  const profile = await mkdtemp(path.join(tmpdir(), 'carrel-firefox-'))
  const preferences: Record<string, string | number | boolean> = {
    'network.cookie.cookieBehavior': 5,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'app.update.disabledForTesting': true,
    'browser.safebrowsing.blockedURIs.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    // Containers that start and stop on this machine change its network.
    'network.manage-offline-status': false,
    'network.notify.changed': false,
  }
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`)
  await writeFile(path.join(profile, 'user.js'), lines.join('\n'))
  const child = spawn(
    firefoxPath() ?? '',
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' } },
  )
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      const forced = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await once(child, 'exit')
      clearTimeout(forced)
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const call = await connect(await bidiAddress(child))
    await call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
    return drive(call, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

type Call = (method: string, params: object) => Promise<Record<string, unknown>>

async function bidiAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}:\n${printed}`)))
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      printed += `${line}\n`
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? []
      if (address !== undefined) resolve(`${address}/session`)
    })
  })
}

async function connect(address: string): Promise<Call> {
  const socket = new WebSocket(address)
  await once(socket, 'open')
  const waiting = new Map<number, { resolve(value: Record<string, unknown>): void; reject(error: Error): void }>()
  socket.on('message', (data) => {
    const { id, type, result, error, message } = JSON.parse(String(data))
    const call = waiting.get(id)
    waiting.delete(id)
    if (type === 'success') call?.resolve(result)
    else call?.reject(new Error(`Firefox: ${error}: ${message}`))
  })
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox has ended'))
  })
  let last = 0
  return (method, params) =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { resolve, reject })
      socket.send(JSON.stringify({ id: last, method, params }))
    })
}

function drive(call: Call, stop: () => Promise<void>): Firefox {
  const evaluate = async <T>(context: string, expression: string): Promise<T> => {
    const answer = await call('script.evaluate', {
      // Values are passed as JSON text, because BiDi's own values are verbose about their types.
      expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
      target: { context },
      awaitPromise: true,
    })
    if (answer.type !== 'success') throw new Error(`${expression}: ${JSON.stringify(answer.exceptionDetails)}`)
    return JSON.parse((answer.result as { value: string }).value) as T
  }
  const firefox: Firefox = {
    newTab: async () => (await call('browsingContext.create', { type: 'tab' })).context as string,
    close: stop,
    async go(tab, url) {
      await call('browsingContext.navigate', { context: tab, url, wait: 'complete' })
    },
    tabs: async () => ((await call('browsingContext.getTree', {})).contexts as RawContext[]).map(toContext),
    evaluate,
    async until(context, expression) {
      try {
        // An evaluation fails while a page is being replaced by the next one.
        await until(() => evaluate<boolean>(context, expression).catch(() => false), expression)
      } catch (error) {
        const text = await evaluate<string>(context, 'document.body.innerText').catch(String)
        throw new Error(`${(error as Error).message}\nThe page says: ${text}`)
      }
    },
    async click(context, selector) {
      // What stands where is known once the styles are there. Firefox lets a press go by that comes earlier.
      const isStyled = "[...document.querySelectorAll('link[rel=stylesheet]')].every(({ sheet }) => sheet !== null)"
      await firefox.until(context, isStyled)
      const one = `document.querySelector(${JSON.stringify(selector)})`
      await firefox.until(context, `${one} !== null && getComputedStyle(${one}).pointerEvents !== 'none'`)
      const found = await call('browsingContext.locateNodes', {
        context,
        locator: { type: 'css', value: selector },
        maxNodeCount: 1,
      })
      const [element] = found.nodes as { sharedId: string }[]
      if (element === undefined) throw new Error(`there is no ${selector}`)
      await evaluate(context, `document.querySelector(${JSON.stringify(selector)}).scrollIntoView({ block: 'center' })`)
      const origin = { type: 'element', element: { sharedId: element.sharedId } }
      await call('input.performActions', {
        context,
        actions: [
          {
            type: 'pointer',
            id: 'mouse',
            actions: [
              { type: 'pointerMove', x: 0, y: 0, origin },
              { type: 'pointerDown', button: 0 },
              { type: 'pointerUp', button: 0 },
            ],
          },
        ],
      })
    },
    async type(context, text, held = []) {
      const strokes = [...text].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ])
      const down = held.map((value) => ({ type: 'keyDown', value }))
      const up = held.map((value) => ({ type: 'keyUp', value }))
      const actions = [{ type: 'key', id: 'keyboard', actions: [...down, ...strokes, ...up] }]
      await call('input.performActions', { context, actions })
    },
  }
  return firefox
}

interface RawContext {
  context: string
  url: string
  children: RawContext[] | null
}

function toContext({ context, url, children }: RawContext): BrowsingContext {
  return { id: context, url, children: (children ?? []).map(toContext) }
}
