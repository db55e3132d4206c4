import assert from 'node:assert/strict'
import { staticFiles } from '../../../hub/views/static-files.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'

describe("the hub's own scripts and style", () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub()
  })
  after(() => hub.stop())

  for (const [accepted, coding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
    ['br;q=0, gzip;q=0', null],
  ] as const) {
    it(`come ${coding ?? 'as they are'} to a browser that takes ${accepted}`, async () => {
      for (const { path, content } of staticFiles) {
        const answer = await fetch(hub.address + path, { headers: { 'accept-encoding': accepted } })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('content-encoding'), coding)
        assert.equal(answer.headers.get('vary'), 'Accept-Encoding')
        assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
        assert.equal(await answer.text(), content.toString())
      }
    })
  }
})
