import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import Koa from 'koa'
import { pino } from 'pino'
import { bind, type Listener, type Listening, listen } from '../../../hub/http/listen.ts'
import { until } from '../../helpers/until.ts'

describe('the hub’s listeners', () => {
  let listener: Listener
  let log: string[]
  let sockets: Socket[]
  beforeEach(() => {
    log = []
    sockets = []
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await listener.close()
  })

  const serve = async (app: Koa, how: Partial<Listening> = {}) => {
    const logger = pino({}, { write: (line: string) => void log.push(line) })
    listener = await listen(app, { ip: '127.0.0.1', port: 0 }, { log: logger, unanswered: 8, ...how })
  }
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(listener.address).port), '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  const get = 'GET / HTTP/1.1\r\nhost: hub.test\r\n\r\n'
  const closed = async (socket: Socket) => {
    socket.resume()
    await once(socket, 'close')
  }

  it('cut a connection that exceeds its unanswered requests, and begin none of those above the limit', async () => {
    const app = new Koa()
    let begun = 0
    const forever = Promise.withResolvers<void>()
    app.use(() => {
      begun += 1
      return forever.promise
    })
    await serve(app)
    const socket = await open()
    socket.write(get.repeat(1000))
    await closed(socket)
    forever.resolve()
    assert.equal(begun, 8)
  })

  it('let requests wait that come before there is an app', async () => {
    const bound = await bind({ ip: '127.0.0.1', port: 0 }, { log: pino({ enabled: false }), unanswered: 8 })
    listener = bound
    const socket = await open()
    const received = once(socket, 'data')
    socket.write(get)
    const app = new Koa()
    app.use((ctx) => {
      ctx.body = 'served'
    })
    bound.serve(app)
    const [answer] = await received
    assert.match(String(answer), /^HTTP\/1\.1 200 /)
  })

  it('answer any number of requests that come one after the other on one connection', async () => {
    const app = new Koa()
    app.use((ctx) => {
      ctx.body = 'done'
    })
    await serve(app)
    const socket = await open()
    for (let count = 0; count < 30; count += 1) {
      socket.write(get)
      assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 200/)
    }
  })

  it('cut only the one connection when even the response to an error fails', async () => {
    const app = new Koa()
    app.on('error', () => {
      throw new Error('not even this')
    })
    app.use(() => {
      throw new Error('first')
    })
    await serve(app)
    const socket = await open()
    socket.write(get)
    await closed(socket)
    assert.ok(log.some((line) => line.includes('not even this')))
    await open()
  })

  it('take a limited number of connections from one address, and another one after one has closed', async () => {
    const app = new Koa()
    app.use((ctx) => {
      ctx.body = 'done'
    })
    await serve(app, { connections: { atOnce: 3, pace: { burst: 100, perSecond: 1 } } })
    const [first] = [await open(), await open(), await open()]
    await closed(await open())
    const gone = closed(first)
    first.end()
    await gone
    await until(async () => {
      const again = await open()
      again.write(get)
      const [answer] = await Promise.race([once(again, 'data'), once(again, 'close')])
      return String(answer).startsWith('HTTP/1.1 200')
    })
  })

  it('take connections from one address as often as its pace allows', async () => {
    await serve(new Koa(), { connections: { atOnce: 100, pace: { burst: 2, perSecond: 0.001 } } })
    const held = [await open(), await open()]
    await closed(await open())
    assert.ok(held.every((socket) => !socket.destroyed))
  })
})
