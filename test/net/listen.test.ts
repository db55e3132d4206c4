import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { link, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Koa from 'koa'
import { pino } from 'pino'
import { listen } from '../../hub/http/listen.ts'
import { openListener } from '../../net/listen.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'

describe('a listener on a unix socket', () => {
  const cleanup = cleanupAfterEach()
  let socket: string

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-listen-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    socket = join(folder, 'a.sock')
  })

  async function open() {
    const listener = await openListener({ socket }, () => createServer((_req, res) => res.end('here')))
    cleanup.defer(() => listener.stop(0))
    return listener
  }

  it('is for its owner alone', async () => {
    await open()
    assert.equal((await stat(socket)).mode & 0o777, 0o600)
  })

  it('stops without the grace when the answers under way end, though clients keep their connections', async () => {
    const answer = Promise.withResolvers<() => void>()
    const listener = await openListener({ socket }, () =>
      createServer((_req, res) => answer.resolve(() => res.end('late'))),
    )
    const client = connect(socket)
    cleanup.defer(() => client.destroy())
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const end = await answer.promise
    const stopped = listener.stop(3_600_000)
    end()
    const [first] = await once(client, 'data')
    assert.match(String(first), /^HTTP\/1\.1 200/)
    await stopped
  })

  it('answers the connections that wait when it stops, and takes none after them', async () => {
    const listener = await open()
    const clients = Array.from({ length: 200 }, () => {
      const client = connect(socket)
      client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      return client.toArray()
    })
    await listener.stop(3_600_000)
    for (const parts of await Promise.all(clients)) assert.match(String(parts[0]), /^HTTP\/1\.1 200/)
    const [error] = await once(connect(socket), 'error')
    assert.equal(error.code, 'ENOENT')
    assert.deepEqual(await readdir(dirname(socket)), [])
  })

  it('replaces the socket that a killed process has left', async () => {
    const dead = createSocketServer().listen(socket)
    await once(dead, 'listening')
    // Closed without its own removal of the file, as when a process is killed.
    const left = `${socket}.left`
    await link(socket, left)
    dead.close()
    await once(dead, 'close')
    await rename(left, socket)
    await open()
  })

  it('leaves the socket of a living process alone', async () => {
    await open()
    await assert.rejects(open(), { code: 'EADDRINUSE' })
  })

  it('leaves the socket of a living process alone whose queue of connections is full', async () => {
    const program = `require('net').createServer().listen({ path: ${JSON.stringify(socket)}, backlog: 1 }, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanup.defer(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    for (let isFull = false; !isFull; ) {
      const client = connect(socket)
      cleanup.defer(() => void client.destroy())
      isFull = await new Promise<boolean>((resolve) => {
        client.once('connect', () => resolve(false)).once('error', () => resolve(true))
      })
    }
    await assert.rejects(open(), { code: 'EADDRINUSE' })
  })

  it('is closed again when its file cannot be closed to others', async () => {
    const server = createServer().once('listening', () => rmSync(socket))
    await assert.rejects(
      openListener({ socket }, () => server),
      { code: 'ENOENT' },
    )
    assert.equal(server.listening, false)
  })

  it('leaves a file alone that is no socket', async () => {
    await writeFile(socket, 'kept')
    await assert.rejects(open(), { code: 'EADDRINUSE' })
    assert.equal(await readFile(socket, 'utf8'), 'kept')
  })
})

describe('a listener on a port', () => {
  it('takes a free one for all of its addresses, and leaves out an address that the machine lacks', async () => {
    const listener = await openListener({ ips: ['127.0.0.1', '127.0.0.2', '192.0.2.1'], port: 0 }, () =>
      createServer((_req, res) => res.end('here')),
    )
    const [first, second, ...rest] = listener.urls
    assert.equal(new URL(first).port, new URL(second ?? '').port)
    assert.deepEqual(rest, [])
    assert.equal(await (await fetch(first)).text(), 'here')
    await Promise.all([listener.stop(0), listener.stop(0)])
  })

  for (const dualStack of [false, true]) {
    it(`takes ${dualStack ? 'IPv4 too' : 'IPv6 alone'} at \`::\` with dualStack: ${dualStack}`, async function () {
      if (!(await hasIpv6())) this.skip()
      const listener = await openListener({ ips: ['::'], port: 0, dualStack }, () =>
        createServer((_req, res) => res.end('here')),
      )
      const { port } = new URL(listener.urls[0])
      try {
        assert.equal(await (await fetch(`http://[::1]:${port}`)).text(), 'here')
        const byIpv4 = fetch(`http://127.0.0.1:${port}`).then((response) => response.text())
        if (dualStack) assert.equal(await byIpv4, 'here')
        else await assert.rejects(byIpv4)
      } finally {
        await listener.stop(0)
      }
    })
  }

  it('takes both families at `::` when it is the hub’s', async function () {
    if (!(await hasIpv6())) this.skip()
    const app = new Koa().use((ctx) => {
      ctx.body = 'here'
    })
    const listener = await listen(app, { ip: '::', port: 0 }, { log: pino({ level: 'silent' }), unanswered: 1 })
    const { port } = new URL(listener.address)
    try {
      for (const host of ['[::1]', '127.0.0.1']) {
        assert.equal(await (await fetch(`http://${host}:${port}`)).text(), 'here')
      }
    } finally {
      await listener.close()
    }
  })
})

/** Says whether this machine has the address `::1`. */
async function hasIpv6(): Promise<boolean> {
  const server = createSocketServer()
  try {
    await once(server.listen(0, '::1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
