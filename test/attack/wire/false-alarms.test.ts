import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'
import { pino } from 'pino'
import { addressOf } from '../../../net/endpoint.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { raw, startSite } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'
import { startRawServer } from './wire.ts'

const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n'

/** Attacks that make the log report errors, since false errors hide the real ones. */
describe('attack: false alarms, a network client', () => {
  const cleanup = cleanupAfterEach()

  /** Starts a proxy whose hub never responds, and returns it with the errors of its log. */
  const startSilent = async () => {
    const errors: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(JSON.parse(line).msg) })
    const hub = await startRawServer(cleanup, () => {})
    return { url: (await startSite(cleanup, hub, { log })).urls[0], hub, errors }
  }

  const table: Attack[] = [
    {
      name: 'asks the hub for a WebSocket and says at once that nothing more will come',
      rule: 'boundary',
      attempt: async () => {
        const { url, errors } = await startSilent()
        const client = connect({ ...addressOf(url), allowHalfOpen: true } as NetConnectOpts)
        cleanup.defer(() => client.destroy())
        client.on('error', () => {})
        const closed = once(client.resume(), 'close')
        client.end(`GET /hub/home HTTP/1.1\r\nhost: hub.test\r\n${upgrade}`)
        client.once('end', () => client.end())
        await closed
        return errors
      },
      expected: [],
    },
    {
      name: 'sends a WebSocket behind a request without a Host',
      rule: 'boundary',
      attempt: async () => {
        const { url, errors } = await startSilent()
        const got = await raw(url, `GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\nhost: nb.test\r\n${upgrade}`)
        return [got.match(/HTTP\/1\.1 \d+/g), errors]
      },
      expected: [['HTTP/1.1 400'], []],
    },
  ]
  attacks(table)
})
