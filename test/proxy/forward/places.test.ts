import assert from 'node:assert/strict'
import { createPlaces, type Kind, type Place, type Pool } from '../../../proxy/forward/places.ts'
import { silent } from '../world.ts'

const pool: Pool = {
  name: 'x',
  limits: {
    requests: { all: 3, each: 2 },
    streams: { all: 2, each: 1 },
    webSockets: { all: 1, each: 1 },
    waiting: 2,
  },
}

describe('the places at a backend', () => {
  let places = createPlaces(silent)
  let came: (Place | undefined)[]
  beforeEach(() => {
    places = createPlaces(silent)
    came = []
  })
  const ask = (client: string, kind: Kind = 'requests') =>
    places.waitFor(pool, kind, client, (place) => came.push(place))
  /** Returns a `+` for each request that got a place and a `-` for each that was turned away, in their order. */
  const soFar = () => came.map((place) => (place === undefined ? '-' : '+')).join('')
  const leave = (index: number) => came[index]?.leave()

  it('are given at once as long as there are any, and then to waiting requests in turn', () => {
    for (const client of ['a', 'a', 'b', 'c', 'd']) ask(client)
    assert.equal(soFar(), '+++')
    leave(0)
    leave(0)
    assert.equal(soFar(), '++++')
    leave(1)
    assert.equal(soFar(), '+++++')
  })

  it('are refused to a client that has enough, and given to others', () => {
    for (const client of ['a', 'a', 'a', 'b']) ask(client)
    assert.equal(soFar(), '++-+')
  })

  it('are never all given to one network, however many addresses it has', () => {
    const wide = { ...pool, limits: { ...pool.limits, requests: { all: 16, each: 8 } } }
    const askFrom = (client: string) => places.waitFor(wide, 'requests', client, (place) => came.push(place))
    for (let i = 0; i < 20; i += 1) askFrom(`2001:db8:1:${i}::1`)
    askFrom('192.0.2.1')
    assert.equal(soFar(), `${'+'.repeat(12)}${'-'.repeat(8)}+`)
  })

  it('are not held back from others by a waiting client that has enough by now', () => {
    for (const client of ['a', 'b', 'b']) ask(client)
    ask('a')
    ask('c')
    leave(0)
    assert.equal(soFar(), '++++')
    leave(1)
    assert.equal(soFar(), '+++++')
  })

  it('are refused to a request for which the queue is too full', () => {
    for (const client of ['a', 'a', 'b', 'c', 'd', 'e']) ask(client)
    assert.equal(soFar(), '+++-')
  })

  it('are not given to a request that has left the queue', () => {
    for (const client of ['a', 'a', 'b']) ask(client)
    const stop = ask('c')
    ask('d')
    assert.ok(stop, 'it waits')
    stop()
    leave(0)
    leave(1)
    assert.equal(soFar(), '++++')
  })

  it('are refused to a request that has waited long enough', async () => {
    places = createPlaces(silent, 10)
    for (const client of ['a', 'a', 'b']) ask(client)
    const waited = new Promise<Place | undefined>((resolve) => places.waitFor(pool, 'requests', 'c', resolve))
    assert.equal(await waited, undefined)
  })

  it('are never waited for by a WebSocket', () => {
    ask('a', 'webSockets')
    ask('b', 'webSockets')
    leave(0)
    ask('b', 'webSockets')
    assert.equal(soFar(), '+-+')
  })

  it('are free again when a request turns out to be a stream, which has places of its own', () => {
    for (const client of ['a', 'a', 'b', 'c']) ask(client)
    assert.equal(came[0]?.become('streams'), true)
    assert.equal(soFar(), '++++')
    assert.equal(came[1]?.become('streams'), false)
    assert.equal(came[2]?.become('streams'), true)
    assert.equal(came[3]?.become('streams'), false)
    leave(0)
    assert.equal(came[3]?.become('streams'), true)
  })
})
