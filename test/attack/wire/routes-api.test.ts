import { connect } from 'node:net'
import { pino } from 'pino'
import { addressOf } from '../../../net/endpoint.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { raw, token } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { bobsSeat, knock, startWire, type Wire } from './wire.ts'

/** Attacks from the network that hubs and proxies share, since the listener for routes has no public address. */
describe('attack: the routes API, a network client', () => {
  const cleanup = cleanupAfterAll()
  const log: string[] = []
  let wire: Wire
  before(async () => {
    wire = await startWire(cleanup, { log: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }) })
  })

  /** Sends a head to the routes API. Returns the status of the response, and the number of errors in the log. */
  const ask = async (head: string) => {
    log.length = 0
    const answer = await raw(wire.proxy.apiUrl, `${head}\r\nhost: proxy\r\nconnection: close\r\n\r\n`)
    return [answer.split(' ')[1], errors(log)]
  }

  attacks([
    ...['http://[', 'http://[x', 'http://a:b@:99999/', '//', '//[', 'http://%'].map(
      (target): Attack => ({
        name: `asks for ${target}, which is no address`,
        rule: 'routes API',
        attempt: () => ask(`GET ${target} HTTP/1.1`),
        expected: ['400', 0],
      }),
    ),
    {
      name: 'has a server looked at without the secret, and with it for an hour',
      rule: 'routes API',
      attempt: async () => [
        await ask('GET /api/routes/user/ann/demo/?look=1 HTTP/1.1'),
        await ask(`GET /api/routes/user/ann/demo/?look=3600 HTTP/1.1\r\nauthorization: token ${token}`),
      ],
      expected: [
        ['403', 0],
        ['400', 0],
      ],
    },
    {
      name: 'pauses the saves of a server without the secret, or under no name',
      rule: 'routes API',
      attempt: async () => [
        await ask('POST /api/pauses/user/ann/demo/?id=pause-one HTTP/1.1'),
        await ask(`POST /api/pauses/user/ann/demo/?id=one HTTP/1.1\r\nauthorization: token ${token}`),
        await ask(`POST /api/pauses/%?id=pause-one HTTP/1.1\r\nauthorization: token ${token}`),
        await ask('DELETE /api/pauses/user/ann/demo/?id=pause-one HTTP/1.1'),
        await knock(wire, '/user/ann/demo/api/contents/a.md', { method: 'PUT', body: '{}' }),
      ],
      expected: [['403', 0], ['400', 0], ['400', 0], ['403', 0], '200 reached her own server'],
    },
    {
      name: 'has one learner’s pause hold up another, or ends it under another name',
      rule: 'routes API',
      attempt: async () => {
        const secret = `HTTP/1.1\r\nauthorization: token ${token}`
        const bob = { method: 'PUT', body: '{}', headers: { cookie: bobsSeat } }
        return [
          await ask(`POST /api/pauses/user/ann/demo/?id=pause-one ${secret}`),
          await knock(wire, '/user/bob/demo/api/contents/a.md', bob),
          await ask(`DELETE /api/pauses/user/ann/demo/?id=pause-two ${secret}`),
          await ask(`DELETE /api/pauses/user/bob/demo/?id=pause-one ${secret}`),
          await ask(`DELETE /api/pauses/user/ann/demo/?id=pause-one ${secret}`),
        ]
      },
      expected: [['201', 0], "200 reached somebody else's server", ['404', 0], ['404', 0], ['204', 0]],
    },
    {
      name: 'leaves half-way through a route',
      rule: 'routes API',
      attempt: async () => {
        log.length = 0
        const client = connect(addressOf(wire.proxy.apiUrl) as { host: string; port: number })
        client.on('error', () => {})
        const head = `POST /api/routes/a HTTP/1.1\r\nhost: proxy\r\nauthorization: token ${token}\r\ncontent-length: 50\r\n`
        client.write(`${head}expect: 100-continue\r\n\r\n`)
        client.once('data', () => client.destroy())
        await until(() => log.some((line) => line.includes('left')), 'the proxy has noticed')
        return [errors(log), await ask('GET /health HTTP/1.1')]
      },
      expected: [0, ['200', 0]],
    },
  ])
})

function errors(log: string[]): number {
  return log.filter((line) => JSON.parse(line).level >= 50).length
}
