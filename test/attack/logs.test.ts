import { Writable } from 'node:stream'
import { pino } from 'pino'
import { forTerminal } from '../../bin/logging.ts'
import { lmsUrl, startTestHub, type TestHub } from '../helpers/test-hub.ts'
import { people } from '../hub/people.ts'
import { addRoute, ask, type Cleanup, routeOf, startBackend, startFakeHub, startSite, undo } from '../proxy/world.ts'
import { type Attack, attacks } from './table.ts'
import { annsSeat, startRawServer } from './wire.ts'

const forged = '{"level":30,"msg":"signed in","user":"root"}'
const nasty = [
  `\n${forged}\n`,
  `\r\n${forged}`,
  `","msg":"signed in","x":"`,
  '\u001b[2J\u001b[H\u001b]0;owned\u0007',
  '\u009b2J\u0085',
  '\u202e\u2066 lanigiro',
  '\u0000\u0008\u0008\u0008',
  '%s %d %j %o',
  '\u2028\u2029',
]

describe('attack: what clients and servers write into logs', () => {
  const cleanup: Cleanup = []
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({ config: { authenticators: [people] } })
    cleanup.push(() => hub.stop())
  })
  after(() => undo(cleanup))

  /** Lines that are not one object each, or say what nobody has done. */
  const wrong = (lines: string[]) =>
    lines.filter((line) => {
      const body = line.replace(/\n$/, '')
      try {
        const { msg, level } = JSON.parse(body) as { msg?: string; level?: number }
        return /\p{Cc}/u.test(body.replace(/[\u0080-\u009f]/g, '')) || msg === 'signed in' || typeof level !== 'number'
      } catch {
        return true
      }
    })

  const terminal = async (write: (log: pino.Logger) => void): Promise<string> => {
    let out = ''
    const stream = new Writable({
      write(chunk, _encoding, done) {
        out += chunk
        done()
      },
    })
    write(pino({ name: 'hub' }, await forTerminal(stream)))
    return out
  }

  const table: Attack[] = [
    {
      name: 'writes lines into the log of the hub, by addresses, names, forms and headers',
      rule: 'log lines',
      attempt: async () => {
        const browser = hub.browser()
        for (const text of nasty) {
          const escaped = encodeURIComponent(text)
          await browser.navigate(`/launch/${escaped}/x`)
          await browser.navigate(`/tmplogin?course=${escaped}&notebook=${escaped}`)
          await browser.navigate(`/${escaped}`)
          await browser.navigate(`/hub/oauth_callback?error=${escaped}&error_description=${escaped}`)
          await browser.navigate(`/ipythonExercice/Python/${escaped}/${escaped}`, { referer: `${lmsUrl}/${escaped}` })
          await browser.submit('/hub/login/local', { username: text, password: 'wrong', next: text })
          await browser.submit(`/hub/login/${escaped}`, {})
          await browser.post('/hub/launches', { link: text, proof: text, [text]: text })
          await browser.fetch('/', { headers: { 'x-request-id': escaped, 'user-agent': escaped, accept: escaped } })
        }
        return [hub.log.length > nasty.length * 9, wrong(hub.log)]
      },
      expected: [true, []],
    },
    {
      name: 'writes lines into the log of the proxy, by addresses, headers and answers of a server',
      rule: 'log lines',
      attempt: async () => {
        const lines: string[] = []
        const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
        const fake = await startFakeHub(cleanup)
        const proxy = await startSite(cleanup, fake, { log })
        const server = await startRawServer(cleanup, `HTTP/1.1 200 \u001b[2J${forged}\r\nx: \u0001\n${forged}\r\n\r\n`)
        await addRoute(proxy, routeOf(server))
        await addRoute(proxy, { path: '/plain/', target: (await startBackend(cleanup)).url })
        const headers = { cookie: annsSeat, 'sec-fetch-site': 'same-origin' }
        for (const text of nasty) {
          for (const path of [
            `/user/ann/demo/${encodeURIComponent(text)}`,
            `/${encodeURIComponent(text)}`,
            `/user/${encodeURIComponent(text)}/`,
          ]) {
            await ask(proxy.urls[0], path, { headers: { ...headers, 'x-request-id': encodeURIComponent(text) } }).catch(
              () => undefined,
            )
          }
        }
        return [lines.length > nasty.length * 2, wrong(lines)]
      },
      expected: [true, []],
    },
    {
      name: 'writes to the terminal of whoever watches: colours, cursors, lines and letters that run backwards',
      rule: 'log lines',
      attempt: async () => {
        const outs = await Promise.all(
          nasty.map((text) =>
            terminal((log) => {
              log.info({ path: text, nested: { text } }, 'request')
              log.warn({ err: new Error(text) }, 'failed')
              log.warn({ err: Object.assign(new Error('x'), { code: text }) })
              log.error(new Error(text))
              log.info(text)
            }),
          ),
        )
        const all = outs.join('')
        const controls = [...all.matchAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu)].map(([found]) => found.codePointAt(0))
        const lines = all.split('\n').filter((line) => line.startsWith('{') || /^\S*signed in/.test(line))
        return [controls, lines]
      },
      expected: [[], []],
    },
  ]
  attacks(table)
})
