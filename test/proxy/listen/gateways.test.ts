import assert from 'node:assert/strict'
import { gatewaysOf } from '../../../proxy/listen/gateways.ts'

describe('the gateways of a proxy', () => {
  const gateways = ['10.0.0.7', 'fd00::/8']
  const said = (remoteAddress: string | undefined, rawHeaders: string[], gatewayHeaders = ['Remote-User']) => {
    const words = gatewaysOf({ gateways, gatewayHeaders }).wordsOf({ socket: { remoteAddress }, rawHeaders })
    return words === undefined ? undefined : JSON.parse(Buffer.from(words, 'base64url').toString())
  }

  it('say who the person is, each in the spelling of its own address', () => {
    const headers = { 'remote-user': ['ann'] }
    for (const address of ['10.0.0.7', '::ffff:10.0.0.7', 'fd00::1'])
      assert.deepEqual(said(address, ['Host', 'hub.test', 'REMOTE-USER', 'ann']), { address, headers })
  })

  it('are no other addresses, and no sockets', () => {
    for (const address of ['10.0.0.70', '127.0.0.1', '::1', undefined])
      assert.equal(said(address, ['Remote-User', 'ann']), undefined)
  })

  it('keep every byte of a value', () => {
    const bytes = Buffer.from('josé').toString('latin1')
    assert.deepEqual(said('10.0.0.7', ['Remote-User', bytes]).headers, { 'remote-user': [bytes] })
  })

  it('name no one where there are none, and remove nothing', () => {
    const { isTheirs, wordsOf } = gatewaysOf({})
    assert.equal(isTheirs('remote-user'), false)
    assert.equal(wordsOf({ socket: { remoteAddress: '10.0.0.7' }, rawHeaders: ['Remote-User', 'ann'] }), undefined)
  })

  it('are refused where the settings cannot be meant', () => {
    assert.throws(() => gatewaysOf({ gateways }), /come together/)
    assert.throws(() => gatewaysOf({ gatewayHeaders: ['Remote-User'] }), /come together/)
    assert.throws(() => gatewaysOf({ gateways: ['gateway.test'], gatewayHeaders: ['Remote-User'] }), /is neither/)
    for (const name of ['Cookie', 'Host', 'x_remote_user', 'X-Carrel-Gateway', ''])
      assert.throws(() => gatewaysOf({ gateways, gatewayHeaders: [name] }), /no gateway can name people in/, name)
  })
})
