import assert from 'node:assert/strict'
import { once } from 'node:events'
import { METHODS } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { ClientRequest } from '../../../proxy/http/client-connection.ts'
import { clientServer } from '../../../proxy/http/client-server.ts'
import { bodyText } from '../../../proxy/http/request-body.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { silent } from '../world.ts'

describe('a connection of a client', () => {
  const cleanup = cleanupAfterEach()

  async function open(respond: (request: ClientRequest) => void | Promise<void>, headMilliseconds = 30_000) {
    const times = { headMilliseconds, stuckMilliseconds: headMilliseconds }
    const server = clientServer({ respond, certificate: undefined, log: silent, ...times })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    cleanup.defer(() => server.close())
    cleanup.defer(() => client.destroy())
    let got = ''
    client
      .on('error', () => {})
      .on('data', (chunk) => {
        got += chunk.toString('latin1')
      })
    // A connection that is cut may end with an error, after which it closes too.
    const closed = new Promise((resolve) => client.once('close', resolve))
    return { server, client, got: () => got, closed }
  }
  /** Answers with the method, the target and the body of the request. */
  const echo = async ({ method, target, body, answer }: ClientRequest) => {
    const read = await bodyText(body, 1000)
    const text = Buffer.from(`${method} ${target} ${read === 'long' ? read : read.text};`)
    answer.begin(200, 'OK', { 'content-length': text.length })
    answer.end(text)
  }
  const bodies = (got: string) =>
    got
      .split('\r\n')
      .filter((line) => line.includes(';'))
      .map((line) => line.split(';')[0])

  const several =
    'GET /a HTTP/1.1\r\nhost: x\r\n\r\n' +
    'POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc' +
    'POST /c HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n\r\n' +
    'GET /d HTTP/1.1\r\nhost: x\r\n\r\n'

  it('answers one request after the other, however its bytes are split', async () => {
    for (let at = 1; at < several.length; at += 1) {
      const { client, got } = await open(echo)
      client.setNoDelay()
      client.write(several.slice(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      client.write(several.slice(at))
      await until(() => bodies(got()).length === 4, `four answers, split at ${at}`)
      assert.deepEqual(bodies(got()), ['GET /a ', 'POST /b abc', 'POST /c ', 'GET /d '])
      client.destroy()
    }
  })

  it('begins no request before the one before it is answered', async () => {
    const begun: ClientRequest[] = []
    const { client, got } = await open((request) => void begun.push(request))
    client.write(several)
    await until(() => begun.length === 1, 'the first is begun')
    for (const status of [201, 202, 203, 204]) {
      const last = begun.at(-1)
      last?.body.drop()
      last?.answer.begin(status, 'x', { 'content-length': 0 })
      last?.answer.end(undefined)
    }
    await until(() => got().includes('HTTP/1.1 204 x'), 'the fourth answer')
    assert.deepEqual(
      begun.map(({ target }) => target),
      ['/a', '/b', '/c', '/d'],
    )
  })

  it('reads a chunked body in any split, and the request behind it', async () => {
    const both =
      'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\ntrailer: y\r\n\r\n' +
      'GET /b HTTP/1.1\r\nx-a: GET /evil HTTP/1.1\r\n\r\n'
    for (let at = 1; at < both.length; at += 1) {
      const { client, got } = await open(echo)
      client.write(both.slice(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      client.write(both.slice(at))
      await until(() => bodies(got()).length === 2, `two answers, split at ${at}`)
      assert.deepEqual(bodies(got()), ['POST /a abcd', 'GET /b '])
      client.destroy()
    }
  })

  it('takes no part of a request behind a chunked body for a request of its own', async () => {
    const chunked = 'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    for (const withAnswer of [true, false]) {
      const begun: ClientRequest[] = []
      const { client, got } = await open(async (request) => {
        begun.push(request)
        if (withAnswer || request.target !== '/a') await echo(request)
      })
      client.write(`${chunked}GET /b HTTP/1.1\r\nx-a: `)
      await until(() => begun.length === 1 && (!withAnswer || got() !== ''), 'the first request')
      client.write('GET /c HTTP/1.1\r\nhost: x\r\n\r\n')
      if (!withAnswer) for (const first of begun) await echo(first)
      await until(() => bodies(got()).length === 2, 'both answers')
      assert.deepEqual(
        begun.map(({ target, headers }) => [target, headers['x-a']]),
        [
          ['/a', undefined],
          ['/b', 'GET /c HTTP/1.1'],
        ],
      )
      client.destroy()
    }
  })

  it('gives a complete request its answer, whatever follows it', async () => {
    for (const head of ['POST /a HTTP/1.1\r\n', 'POST /a HTTP/1.1\r\nconnection: close\r\n']) {
      const { client, got, closed } = await open(echo)
      client.write(`${head}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nnonsense\r\n\r\n`)
      await closed
      assert.deepEqual(bodies(got()), ['POST /a a'])
    }
  })

  it('begins nothing for a client that has left, however much of it has come', async () => {
    for (const more of ['', 'x'.repeat(70_000)]) {
      const begun: ClientRequest[] = []
      const { client } = await open((request) => void begun.push(request))
      client.write(`GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n${more}`)
      await until(() => begun.length === 1, 'the first request')
      if (more === '') client.resetAndDestroy()
      await until(() => begun[0]?.answer.isOver === true, 'its end')
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(begun.length, 1)
    }
  })

  it('keeps few bytes for a request that comes early, also if they come one at a time', async () => {
    const begun: ClientRequest[] = []
    const { client, closed } = await open((request) => void begun.push(request))
    client.setNoDelay()
    client.write('GET /a HTTP/1.1\r\n\r\n')
    await until(() => begun.length === 1, 'the request')
    const sending = (async () => {
      for (let sent = 0; sent < 5000 && client.writable; sent += 1) {
        client.write('x')
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all([closed, sending])
  })

  it('lets a client that is still sending read the answer', async () => {
    const { client, got, closed } = await open(({ answer, body }) => {
      answer.begin(403, 'x', { connection: 'close', 'content-length': 2 })
      body.drop()
      answer.end(Buffer.from('no'))
    })
    client.pause()
    client.write('PUT /a HTTP/1.1\r\ncontent-length: 50000000\r\n\r\n')
    for (let sent = 0; sent < 50; sent += 1) {
      if (!client.write(Buffer.alloc(100_000))) await once(client, 'drain')
    }
    client.resume()
    client.end()
    await closed
    assert.match(got(), /^HTTP\/1\.1 403 x[\s\S]*no$/)
  })

  it('ends a connection whose body is not read on, and leaves one alone that only waits for its answer', async () => {
    const begun: ClientRequest[] = []
    const waiting = await open((request) => void begun.push(request), 20)
    const { client, closed } = await open(() => undefined, 20)
    waiting.client.write('POST /a HTTP/1.1\r\ncontent-length: 1\r\n\r\na')
    await until(() => begun.length === 1, 'the request that waits')
    client.write(`POST /a HTTP/1.1\r\ncontent-length: 200000\r\n\r\n${'x'.repeat(100_000)}`)
    await closed
    assert.equal(begun[0]?.answer.isOver, false)
  })

  it('waits for the rest of a head when it is asked to finish, and for none of a silent client', async () => {
    const silentOne = await open(echo)
    const { client, server, got, closed } = await open(echo)
    for (const one of [silentOne.server, server]) await until(() => hasConnection(one), 'the connection')
    silentOne.server.closeIdleConnections()
    await silentOne.closed
    const said = once(client, 'data')
    client.write('GET /a HTTP/1.1\r\n\r\nGET /b HTT')
    await said
    server.closeIdleConnections()
    client.write('P/1.1\r\n\r\n')
    await closed
    assert.deepEqual(bodies(got()), ['GET /a ', 'GET /b '])
    assert.match(got(), /connection: close/)
  })

  it('says nothing to a client that sends nothing but an empty line, and ends', async () => {
    const { client, got, closed } = await open(echo, 20)
    client.write('\r\n')
    await closed
    assert.equal(got(), '')
  })

  it('asks for a body only when it is wanted', async () => {
    const asking = 'POST /a HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n'
    const wanted = await open(echo)
    wanted.client.write(asking)
    await until(() => wanted.got().startsWith('HTTP/1.1 100 Continue\r\n\r\n'), 'the body is asked for')
    wanted.client.write('abc')
    await until(() => bodies(wanted.got()).length === 1, 'the answer')
    const refused = await open(({ answer, body }) => {
      answer.begin(413, 'x', { connection: 'close' })
      body.drop()
      answer.end(undefined)
    })
    refused.client.write(asking)
    await refused.closed
    assert.match(refused.got(), /^HTTP\/1\.1 413 x\r\n/)
  })

  const bad: [string, string, number][] = [
    ['no request', 'nonsense\r\n\r\n', 400],
    ['a method of another protocol', 'DESCRIBE /a RTSP/1.0\r\n\r\n', 400],
    ['a long head', `GET /a HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['many headers', `GET /a HTTP/1.1\r\n${'a:\r\n'.repeat(1001)}\r\n`, 431],
    ['a length and an encoding', 'POST /a HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc', 400],
    [
      'a bad chunk of a request that asks for another protocol',
      `${'POST /a HTTP/1.1\r\nconnection: upgrade\r\nupgrade: h2c\r\n'}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ['a bad extension', 'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;\x01', 400],
    ['a long trailer', `POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: ${'b'.repeat(40_000)}`, 431],
    ['a bad chunk', 'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
    [
      'a long extension',
      `POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;${'x'.repeat(20_000)}\r\nabc\r\n`,
      413,
    ],
  ]
  for (const [what, bytes, status] of bad) {
    it(`refuses ${what}, and ends`, async () => {
      const { client, got, closed } = await open(echo)
      client.write(bytes)
      await closed
      assert.match(got(), new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close\\r\\n\\r\\n$`))
    })
  }

  it('ends when a head does not come in time, with an answer', async () => {
    const { client, got, closed } = await open(echo, 20)
    client.write('GET /a HTT')
    await closed
    assert.match(got(), /^HTTP\/1\.1 408 /)
  })

  it('knows every method that Node knows', async () => {
    const { client, got } = await open(echo)
    const plain = METHODS.filter((method) => method !== 'CONNECT' && method !== 'HEAD')
    client.write(plain.map((method) => `${method} / HTTP/1.1\r\n\r\n`).join(''))
    await until(() => bodies(got()).length === plain.length, 'an answer for each')
    assert.deepEqual(
      bodies(got()),
      plain.map((method) => `${method} / `),
    )
  })

  it('ends an answer without a length with the connection for HTTP/1.0, and in chunks for HTTP/1.1', async () => {
    const answerBoth = ({ answer }: ClientRequest) => {
      answer.begin(200, 'OK', {})
      answer.write(Buffer.from('one'))
      answer.end(Buffer.from('two'))
    }
    const old = await open(answerBoth)
    old.client.write('GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n')
    await old.closed
    assert.match(old.got(), /connection: close\r\n\r\nonetwo$/)
    const now = await open(answerBoth)
    now.client.write('GET /a HTTP/1.1\r\n\r\n')
    await until(() => now.got().endsWith('\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'), 'both chunks and the end')
  })

  it('tells of each piece when it is not needed any more, also when the client has left', async () => {
    const held: ClientRequest[] = []
    const { client } = await open((request) => void held.push(request))
    client.write('GET /a HTTP/1.1\r\n\r\n')
    await until(() => held.length === 1, 'the request')
    const [request] = held
    let written = 0
    const count = () => {
      written += 1
    }
    request?.answer.begin(200, 'OK', {})
    request?.answer.write(Buffer.alloc(50_000_000), count)
    assert.equal(written, 0)
    client.destroy()
    await until(() => request?.answer.isOver === true, 'the connection is closed')
    request?.answer.write(Buffer.from('x'), count)
    request?.answer.end(Buffer.from('x'), count)
    await until(() => written === 3, 'all three are told')
  })
})

function hasConnection(server: { getConnections(found: (error: Error | null, count: number) => void): unknown }) {
  return new Promise<boolean>((resolve) => server.getConnections((_error, count) => resolve(count > 0)))
}
