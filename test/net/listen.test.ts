import assert from 'node:assert/strict'
import { once } from 'node:events'
import { link, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
})
