import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isAnswering } from '../../../hub/servers/ready.ts'

describe('a server that is up', () => {
  let status = 200
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
  })
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())

  for (const [answer, isUp] of [
    [200, true],
    [302, true],
    [403, true],
    [404, true],
    [500, false],
    [503, false],
  ] as const) {
    it(`${isUp ? 'may' : 'may not'} answer ${answer}, as at JupyterHub`, async () => {
      status = answer
      const { port } = server.address() as AddressInfo
      assert.equal(await isAnswering(`http://127.0.0.1:${port}`, '/user/ann/demo/api', 5000), isUp)
      assert.equal(asked.at(-1), '/user/ann/demo/api')
    })
  }
})
