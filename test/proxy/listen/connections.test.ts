import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { pino } from 'pino'
import { limitConnections } from '../../../proxy/listen/connections.ts'

/** A connection that claims to come from any address. */
class FakeSocket extends EventEmitter {
  isCut = false
  readonly remoteAddress: string
  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }
  destroy() {
    this.isCut = true
  }
}

describe('connections of one IPv6 network', () => {
  it('are as many as its /56 may have, however many addresses it uses, and more when some are closed', () => {
    const limit = limitConnections(5, undefined, pino({ level: 'silent' }))
    const connect = (address: string) => {
      const socket = new FakeSocket(address)
      limit.take(socket as unknown as Socket)
      return socket
    }
    const sockets = Array.from({ length: 100 }, (_, index) => connect(`2001:db8:1:${index.toString(16)}::1`))
    const open = sockets.filter(({ isCut }) => !isCut)
    assert.equal(open.length, 20)
    assert.ok(!connect('2001:db8:1:100::1').isCut)
    assert.ok(!connect('192.0.2.1').isCut)
    open[0]?.emit('close')
    assert.ok(!connect('2001:db8:1:ff::1').isCut)
    assert.ok(connect('2001:db8:1:ff::2').isCut)
  })
})
