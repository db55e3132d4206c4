import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../hub/app.ts'
import { type Listener, listen } from '../../../hub/http/listen.ts'
import { createInternalApp } from '../../../hub/internal-app.ts'
import { createHttpBrowser, hubUrl } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../../hub/parts.ts'
import { people } from '../../hub/people.ts'
import { rawRequest } from '../../hub/raw-request.ts'
import { type Attack, attacks } from '../table.ts'
import { type Target, targetsOf } from './targets.ts'

const methods = ['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'M-SEARCH', 'PURGE', 'LINK', 'QUERY']
const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }

describe('attack: odd methods, upgrades and clients that leave, at the hub', () => {
  let parts: Parts
  let dir = ''
  let pages: Listener
  let internal: Listener
  let targets: Target[]
  const surprises: unknown[] = []
  const surprised = (error: unknown) => void surprises.push(error)
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-methods-'))
    parts = await openParts(`sqlite:${dir}/hub.sqlite`)
    parts.hub.config.authenticators.push(people)
    const app = createApp(parts.hub)
    const where = { ip: '127.0.0.1', port: 0 }
    const { log } = parts.hub
    pages = await listen(app, where, { log, unanswered: 8 })
    internal = await listen(createInternalApp(parts.hub), where, { log, unanswered: 8 })
    const { launch } = await createHttpBrowser(pages.address).enter('/launch/demo')
    targets = targetsOf(app, { id: launch })
    process.on('unhandledRejection', surprised)
  })
  after(async () => {
    process.off('unhandledRejection', surprised)
    await pages.close()
    await internal.close()
    await parts.stop()
    await rm(dir, { recursive: true, force: true })
  })

  /** Sends bytes, closes the connection at once if `leaves` is true, and returns the status, if there is one. */
  const send = async ({ address }: Listener, bytes: string, leaves = false): Promise<string> => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    let text = ''
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        text += chunk.toString('latin1')
      })
    const gone = once(socket, 'close')
    socket.write(bytes, 'latin1', () => leaves && socket.destroy())
    await gone
    return text.slice(9, 12)
  }
  const paths = () => [
    ...new Set(targets.map(({ path }) => path)),
    '/launch/demo',
    '/hub/open?to=/user/a/demo/',
    '/hub/restart?to=/user/a/demo/',
    '/hub/at/user/a/demo/spawn',
    '/hub/user-redirect/lab',
    '/nothing',
  ]
  const own = { origin: hubUrl, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
  /** Returns the 5xx responses, the status of a page afterwards, the alarms of the log, and unhandled rejections. */
  const wrong = async (messages: [string, string][], leaves = false) => {
    const found: string[] = []
    for (const listener of [pages, internal]) {
      await Promise.all(
        messages.map(async ([what, bytes]) => {
          const status = await send(listener, bytes, leaves)
          if (status.startsWith('5') && !(what.startsWith('CONNECT') && status === '501'))
            found.push(`${what}: ${status}`)
        }),
      )
    }
    const { status } = await createHttpBrowser(pages.address).navigate('/hub/login')
    const alarms = parts.log.filter((line) => JSON.parse(line).level >= 50)
    return [found, status, alarms, surprises]
  }
  const well = [[], 200, [], []]

  const table: Attack[] = [
    ...methods.map(
      (method): Attack => ({
        name: `asks every address with ${method}`,
        rule: 'boundary',
        attempt: () => wrong(paths().map((path) => [`${method} ${path}`, rawRequest(method, path, own)])),
        expected: well,
      }),
    ),
    {
      name: 'wants to change the protocol at every address, or a tunnel',
      rule: 'boundary',
      attempt: () =>
        wrong([
          ...paths().map((path): [string, string] => [
            path,
            rawRequest('GET', path, { ...upgrade, connection: 'Upgrade, close' }),
          ]),
          ['CONNECT', 'CONNECT hub.test:80 HTTP/1.1\r\nhost: hub.test\r\n\r\n'],
          ['h2c', rawRequest('GET', '/', { connection: 'close, Upgrade, HTTP2-Settings', upgrade: 'h2c' })],
          ['preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
        ]),
      expected: well,
    },
    {
      name: 'asks every address and leaves before the answer',
      rule: 'boundary',
      attempt: () =>
        wrong(
          paths().map((path) => [path, rawRequest('GET', path)]),
          true,
        ),
      expected: well,
    },
    {
      name: 'begins a body at every address and leaves in the middle',
      rule: 'boundary',
      attempt: () =>
        wrong(
          targets
            .filter(({ method }) => !['GET', 'HEAD'].includes(method))
            .map(({ method, path }) => [path, `${rawRequest(method, path, { ...own, 'content-length': '100' })}{"a":`]),
          true,
        ),
      expected: well,
    },
    {
      name: 'breaks the protocol behind a request that is being answered',
      rule: 'boundary',
      attempt: () =>
        wrong(
          paths().map((path) => [path, `${rawRequest('GET', path, { connection: 'keep-alive' })}\x00\x01 / x\r\n\r\n`]),
        ),
      expected: well,
    },
  ]
  attacks(table)
})
