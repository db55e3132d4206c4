import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { socketUrl } from '../../../net/endpoint.ts'
import { createHubs } from '../../../proxy/hubs/hubs.ts'
import { createCounters } from '../../../proxy/metrics/counters.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { silent } from '../world.ts'

/** A hub that knows no ticket, and closes each connection a moment after its answer. Prints where it listens. */
const program = `
const server = require('node:http').createServer((request, response) => {
  response.writeHead(404).end('{}', () => setTimeout(() => request.socket.destroy(), 20))
  request.resume()
})
const where = process.argv[1] || 0
server.listen(where, where ? undefined : '127.0.0.1', () => console.log(where || server.address().port))
`

describe('a hub that has closed the connection on which it is asked next', () => {
  const cleanup = cleanupAfterEach()

  async function startHub(socket: string): Promise<string> {
    const child = spawn(process.execPath, ['-e', program, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanup.defer(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return socket === '' ? `http://127.0.0.1:${line}` : socketUrl(socket)
  }

  /** Keeps this thread busy, so that it hears of nothing meanwhile. */
  const stall = (milliseconds: number) => {
    for (const began = performance.now(); performance.now() - began < milliseconds; );
  }

  for (const kind of ['port', 'unix socket'] as const) {
    it(`is asked once more, at a ${kind}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'carrel-cut-'))
      cleanup.defer(() => rm(folder, { recursive: true }))
      const hubs = createHubs(
        [await startHub(kind === 'port' ? '' : join(folder, 'hub'))],
        'token',
        silent,
        createCounters(),
      )
      cleanup.defer(() => hubs.close())
      const redeem = () => hubs.redeem('t'.repeat(32), { request: 'r', traceparent: '' })
      assert.equal(await redeem(), 'unknown')
      // The hub closes the connection in this time.
      stall(500)
      assert.equal(await redeem(), 'unknown')
    })
  }
})
