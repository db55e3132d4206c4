import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { pino } from 'pino'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { addressOf, hubUrl, raw, startFakeHub, startSite } from '../world.ts'

describe('a ticket that does not arrive', () => {
  const cleanup = cleanupAfterEach()
  const log: string[] = []
  let url: string
  beforeEach(async () => {
    log.length = 0
    const logger = pino({}, { write: (line: string) => void log.push(line) })
    const hub = await startFakeHub(cleanup)
    const proxy = await startSite(cleanup, hub, { log: logger, forTests: { ticketMilliseconds: 200 } })
    url = proxy.urls[0]
    // The warnings at the start of the proxy do not matter here.
    log.length = 0
  })

  const begin = `POST /_carrel/seat HTTP/1.1\r\nhost: nb.test\r\norigin: ${hubUrl}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 50\r\n\r\nticket=`

  it('keeps no connection open', async () => {
    const answer = await raw(url, begin)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.match(answer, /"error":"body_slow"/)
  })

  it('logs no error when its browser has left', async () => {
    const socket = connect(addressOf(url) as { host: string; port: number })
    socket.write(begin, () => setTimeout(() => socket.destroy(), 30))
    await until(() => log.some((line) => line.includes('"request"')), 'the request is over')
    await new Promise(setImmediate)
    assert.deepEqual(
      log.filter((line) => JSON.parse(line).level >= 40),
      [],
    )
  })
})
