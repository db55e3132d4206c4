import { once } from 'node:events'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { boundedLines, forTerminal } from '../../../bin/logging.ts'
import { addressOf } from '../../../net/endpoint.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { hubUrl, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../../hub/people.ts'
import { addRoute, ask, routeOf, startBackend, startFakeHub, startSite } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { annsSeat, startRawServer } from '../wire/wire.ts'

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
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  before(async () => {
    const internal = { port: 0 }
    hub = await startTestHub({
      config: { authenticators: [people], hub: { url: hubUrl, port: 0, insecureHttp: true, internal } },
    })
    cleanup.defer(() => hub.stop())
  })

  /** Returns the lines that are no single JSON object, hold control characters, or report a sign-in that was none. */
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
      name: 'asks at addresses that end like the one of the health page, to be missing in the log of the hub',
      rule: 'log lines',
      attempt: async () => {
        const browser = hub.browser()
        const hidden: string[] = []
        for (const path of ['/launch/demo/health', '/hub/login/health', '/user/ann/demo/health', '/x/health']) {
          const before = hub.log.length
          await browser.fetch(path)
          if (!hub.log.slice(before).some((line) => /"level":30,.*"msg":"request"/.test(line))) hidden.push(path)
        }
        return hidden
      },
      expected: [],
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
      name: 'writes colours, cursors, lines and letters that run backwards to the terminal of an operator',
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
  attacks([
    ...table,
    {
      name: 'answers every request with 60 kB of junk, which holds what it was asked with: the log hears little, and no secret',
      rule: 'log lines',
      attempt: async () => {
        const lines: string[] = []
        const log = pino({ level: 'trace', ...boundedLines }, { write: (line: string) => void lines.push(line) })
        const proxy = await startSite(cleanup, await startFakeHub(cleanup), { log })
        const server = await startRawServer(cleanup, (head, socket) =>
          socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n${'x'.repeat(60_000)}`, 'latin1'),
        )
        await addRoute(proxy, routeOf(server))
        const secret = 'the-secret-of-a-form'
        const headers = { cookie: annsSeat, 'sec-fetch-site': 'same-origin', 'x-mine': secret }
        const asked = await Promise.all(
          Array.from({ length: 60 }, () => ask(proxy.urls[0], '/user/ann/demo/lab', { headers })),
        )
        await until(() => lines.filter((line) => line.includes('"msg":"request"')).length >= 60)
        return [
          new Set(asked.map(({ status }) => status)),
          lines.filter((line) => line.includes('out of reach')).length,
          lines.every((line) => line.length < 8000),
          spelledIn(lines.join(''), secret),
        ]
      },
      expected: [new Set([503]), 10, true, []],
    },
    {
      name: 'breaks off what it sends to the internal listener, with a token: the log hears little, and no token',
      rule: 'secrets',
      attempt: async () => {
        const before = hub.log.length
        const secret = 'a-token-that-opens-something'
        const head = `POST /hub/api/users/x/activity HTTP/1.1\r\nhost: x\r\nauthorization: token ${secret}`
        const junk = `content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\nzz\r\n${'x'.repeat(30_000)}`
        for (let time = 0; time < 30; time += 1) {
          const client = connect(addressOf(hub.internal ?? '') as { host: string; port: number })
          client.on('error', () => {})
          client.write(`${head}\r\n${junk}`)
          await once(client.resume(), 'close')
        }
        const lines = hub.log.slice(before)
        return [
          lines.length > 0,
          lines.filter((line) => /"err":/.test(line)).length <= 20,
          lines.every((line) => line.length < 8000),
          spelledIn(lines.join(''), secret),
        ]
      },
      expected: [true, true, true, []],
    },
    {
      name: 'has an error of a library say more than its message: neither packets nor headers nor sockets are written down',
      rule: 'secrets',
      attempt: async () => {
        const secret = 'what-a-request-had-with-it'
        const lines: string[] = []
        const log = pino({ ...boundedLines }, { write: (line: string) => void lines.push(line) })
        const bytes = Buffer.from(secret)
        const odd = { rawPacket: bytes, headers: { authorization: secret }, body: secret, [secret]: 1 }
        const cause = Object.assign(new Error('inner'), odd)
        log.error({ err: Object.assign(new Error('outer', { cause }), odd, { errors: [cause, cause] }) }, 'failed')
        log.error(Object.assign(new Error('alone'), odd))
        log.error({ err: odd }, 'thrown')
        log.error({ err: Object.assign(new Error('x'.repeat(1e6)), { code: 'y'.repeat(1e6) }), path: 'z'.repeat(1e6) })
        log.info({ many: Array(1000).fill('w'.repeat(1000)) }, 'long')
        const said = ['outer', 'inner', 'alone', 'thrown', 'long'].filter((word) => lines.join('').includes(word))
        return [said, lines.every((line) => line.length <= 16_001), spelledIn(lines.join(''), secret)]
      },
      expected: [['outer', 'inner', 'alone', 'thrown', 'long'], true, []],
    },
  ])
})

/**
 * Returns the spellings in which a text holds a secret: as text, in numbers as Node writes a buffer, in base64, in hex.
 */
function spelledIn(text: string, secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Only the middle of the base64 text counts. It is one of three texts, wherever the secret begins in what was
  // encoded.
  const shifts = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64url')
      .slice(4, -4),
  )
  const spellings: Record<string, string[]> = {
    text: [secret],
    decimal: [[...bytes].join(','), [...bytes].join(', ')],
    hex: [bytes.toString('hex')],
    base64: [...shifts, ...shifts.map((shift) => shift.replaceAll('-', '+').replaceAll('_', '/'))],
  }
  return Object.keys(spellings).filter((name) => spellings[name]?.some((spelled) => text.includes(spelled)))
}
