/** Attacks by the responses of a learner's server to the hub's own requests: whether it is up, and what it does. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { isAnswering } from '../../../hub/servers/ready.ts'
import { callServer } from '../../../hub/servers/server-call.ts'
import { type Attack, attacks } from '../table.ts'
import { mostMilliseconds } from '../wire/thread-cost.ts'
import type { Endless } from './endless-server.ts'

describe('attack: a server that the hub asks', function () {
  this.timeout(300_000)
  let server: Worker
  let target: string
  before(async () => {
    server = new Worker(new URL('endless-server.ts', import.meta.url))
    target = `http://127.0.0.1:${(await once(server, 'message'))[0]}`
  })
  after(() => server.terminate())

  const answerWith = async (answer: Endless) => {
    server.postMessage(answer)
    await once(server, 'message')
  }
  const isUp = () => isAnswering(target, '/user/ann/demo/', 5000)
  const read = () =>
    callServer({ target, path: '/', signal: AbortSignal.timeout(5000) }, ({ text }) => text()).then(
      () => 'read',
      (error: Error) =>
        error.name === 'TimeoutError' || error.name === 'AbortError' ? 'read until the time was over' : 'refused',
    )
  /** Measures the cost of a request. Takes the least of several tries, so that collection of garbage does not count. */
  const costOf = async (ask: () => Promise<unknown>): Promise<string> => {
    let least = Number.POSITIVE_INFINITY
    for (let count = 0; count < 5 && (count < 2 || least > mostMilliseconds / 2); count += 1) {
      const before = process.threadCpuUsage()
      await ask()
      const { user, system } = process.threadCpuUsage(before)
      least = Math.min(least, (user + system) / 1000)
    }
    return least < mostMilliseconds ? 'cheap' : `${least.toFixed(1)} ms`
  }

  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const endless: [string, Endless][] = [
    ['interim answers', { head: '', again: 'HTTP/1.1 102 \r\n\r\n' }],
    ['interim answers full of headers', { head: '', again: `HTTP/1.1 103 x\r\n${'a:b\r\n'.repeat(2000)}\r\n` }],
    ['headers', { head: 'HTTP/1.1 200 OK\r\n', again: 'a: b\r\n' }],
    ['chunks of one byte', { head: chunked, again: '1\r\n \r\n' }],
    ['big chunks', { head: chunked, again: `10000\r\n${' '.repeat(65_536)}\r\n` }],
    ['extensions of a chunk', { head: `${chunked}1;`, again: 'a=b;' }],
    ['trailers', { head: `${chunked}0\r\n`, again: 'a: b\r\n' }],
    ['a body until the end of the connection', { head: 'HTTP/1.1 200 OK\r\n\r\n', again: '[' }],
    ['a packed body', { head: 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08', again: '\0' }],
  ]
  attacks(
    endless.map(
      ([what, answer]): Attack => ({
        name: `responds with ${what} for ever: each request takes less than ${mostMilliseconds} ms of the hub's time`,
        rule: 'cost',
        attempt: async () => {
          await answerWith(answer)
          return [await costOf(isUp), await costOf(read), await read()]
        },
        expected: ['cheap', 'cheap', 'refused'],
      }),
    ),
  )
})
