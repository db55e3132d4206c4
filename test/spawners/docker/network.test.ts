import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Engine } from '../../../spawners/docker/engine.ts'
import { makeNetwork } from '../../../spawners/docker/network.ts'
import { dockerOptions } from '../../../spawners/docker/options.ts'

interface FakeNetwork {
  Id: string
  Name: string
  Created: string
  [more: string]: unknown
}

/** Tests of two makers at once, by a fake engine that makes two networks of one name, as engines before 25 do. */
describe('a network that two make at once', () => {
  const installation = { name: 'carrel', id: 'f00d' }
  const options = dockerOptions.parse({ timeoutSeconds: 20 })
  let folder: string
  let engine: Engine
  let close: () => void
  /** The networks that the engine lists. */
  let listed: FakeNetwork[]
  /** Called with each new network before it is listed and answered. */
  let making: (network: FakeNetwork) => Promise<void>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-engine-'))
    listed = []
    let count = 0
    const server = createServer(async (request, response) => {
      const chunks = await request.toArray()
      const id = /networks\/(n\d+)$/.exec(request.url ?? '')?.[1]
      if (request.method === 'DELETE') {
        const isThere = listed.some(({ Id }) => Id === id)
        listed = listed.filter(({ Id }) => Id !== id)
        return answer(response, isThere ? 204 : 404)
      }
      if (request.method === 'GET') return answer(response, 200, listed)
      count += 1
      const body = JSON.parse(Buffer.concat(chunks).toString())
      const made = { ...body, Id: `n${count}`, Created: `2026-01-01T00:00:0${count}Z` }
      await making(made)
      listed.push(made)
      answer(response, 201, { Id: made.Id })
    })
    const socket = join(folder, 'docker.sock')
    server.listen(socket)
    await once(server, 'listening')
    close = () => void server.close().closeAllConnections()
    engine = connect({ host: `unix://${socket}`, timeoutSeconds: 20 })
  })
  afterEach(async () => {
    close()
    await rm(folder, { recursive: true })
  })

  const provide = () => makeNetwork({ engine, options, network: 'carrel-carrel-f00d', installation })
  const ids = () => listed.map(({ Id }) => Id)

  it('is the older one, when both makers see both', async () => {
    const both = Promise.withResolvers<void>()
    making = async ({ Id }) => {
      if (Id === 'n2') both.resolve()
      await both.promise
    }
    await Promise.all([provide(), provide()])
    assert.deepEqual(ids(), ['n1'])
  })

  it('is the later one, when its maker has seen no other', async () => {
    const late = Promise.withResolvers<void>()
    making = async ({ Id }) => (Id === 'n1' ? late.promise : undefined)
    const first = provide()
    const second = provide()
    await Promise.race([first, second])
    assert.deepEqual(ids(), ['n2'])
    late.resolve()
    await Promise.all([first, second])
    assert.deepEqual(ids(), ['n2'])
  })

  it('is made again, when both makers have removed theirs', async () => {
    listed = []
    let removed = 0
    making = async (made) => {
      if (made.Id !== 'n1') return
      // The other maker's network is there for as long as this one waits for it to go, and then goes too.
      listed.push({ ...made, Id: 'n0', Created: '2026-01-01T00:00:09Z' })
    }
    const { docker } = engine
    const remove = docker.modem.dial.bind(docker.modem)
    docker.modem.dial = (request, done) => {
      if (request.method === 'DELETE') {
        removed += 1
        listed = listed.filter(({ Id }) => Id !== 'n0')
      }
      return remove(request, done)
    }
    await provide()
    assert.deepEqual([ids(), removed], [['n2'], 1])
  })
})

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
