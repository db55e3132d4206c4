import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlesApi } from '../../../hub/api/bundles.ts'
import { serverLimits } from '../../../hub/api/server-limits.ts'
import { bareApp } from '../../../hub/app.ts'
import { type Listener, listen } from '../../../hub/http/listen.ts'
import { routing } from '../../../hub/http/routing.ts'
import { serverToken } from '../../../seats/keys.ts'
import { fetchProgram } from '../../../spawners/kubernetes/files/fetch.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

onEachDatabase('the address of bundles', (makeDatabase) => {
  let parts: Parts
  let listener: Listener
  let sockets: EventEmitter
  beforeEach(async () => {
    sockets = new EventEmitter()
    const content = randomBytes(4 * 2 ** 20).toString('hex')
    parts = await openParts(await makeDatabase(), {
      courses: { demo: { image: 'demo', files: { '/srv/course': { 'data.json': { content } } } } },
    })
    const app = bareApp(parts.hub, { pages: false, limits: serverLimits(parts.hub) })
    const known = new WeakSet<Socket>()
    app.use(({ req: { socket } }, next) => {
      if (!known.has(socket)) socket.once('close', () => sockets.emit('close'))
      known.add(socket)
      return next()
    })
    app.use(routing(bundlesApi(parts.hub, { seconds: 0.2, bytesPerSecond: 2 ** 40 })))
    listener = await listen(app, { ip: '127.0.0.1', port: 0 }, { log: parts.hub.log, unanswered: 2 })
  })
  afterEach(async () => {
    await listener.close()
    await parts.stop()
  })

  /** Makes a starting run, and begins to fetch its bundle without reading it. */
  async function begin(before = () => {}) {
    const { id, run } = await parts.makeReady()
    before()
    await parts.hub.db('servers').where({ id }).update({ state: 'starting' })
    const [{ digest } = { digest: '' }] = parts.hub.bundles.of('demo')
    const path = `/hub/api/bundles/${digest}`
    const authorization = `token ${serverToken(secrets.keys.all[0], id, run)}`
    const socket = connect(Number(new URL(listener.address).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nhost: hub\r\nauthorization: ${authorization}\r\n\r\n`)
    return { digest, path, authorization, socket }
  }

  it('has a place again when a run leaves before it was known what the run may have', async () => {
    const { definitions } = parts.hub
    const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { read } = definitions
    const { path, authorization, socket } = await begin(() => {
      definitions.read = async (...wanted) => {
        asked.resolve()
        await released.promise
        return read(...wanted)
      }
    })
    await asked.promise
    const closed = once(sockets, 'close')
    socket.destroy()
    await closed
    released.resolve()
    await until(async () => {
      const { status } = await fetch(listener.address + path, { method: 'HEAD', headers: { authorization } })
      return status === 200
    })
  })

  it('serves what the program of a pod asks for, which goes on where it was cut', async () => {
    const { digest, path, authorization, socket } = await begin()
    socket.destroy()
    const folder = await mkdtemp(join(tmpdir(), 'carrel-fetch-'))
    try {
      const archive = await readFile((await parts.hub.bundles.archive(digest)).path)
      // Were the hub to send the whole again, the files would be spoilt.
      await writeFile(join(folder, 'archive'), archive.subarray(0, 1_000_001))
      const [program = '', ...args] = fetchProgram(listener.address + path, folder, 'files')
      const env = { PATH: process.env.PATH, JUPYTER_TOKEN: authorization.replace('token ', '') }
      await promisify(execFile)(program, args, { env, timeout: 200_000 })
      const fetched = await readFile(join(folder, 'files', 'data.json'))
      const [laid] = await filesIn(archive)
      assert.ok(laid && 'content' in laid && laid.content.equals(fetched))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('cuts a run that reads too slowly, which may go on from where it was', async () => {
    const { digest, path, authorization, socket } = await begin()
    await once(socket, 'readable')
    const { bytes: whole } = await parts.hub.bundles.archive(digest)
    const rest = await until(async () => {
      const headers = { authorization, range: `bytes=${whole - 9}-` }
      const answer = await fetch(listener.address + path, { headers })
      return answer.status === 206 && answer.bytes()
    })
    assert.equal(rest.length, 9)
    // Nothing was read until the place was free again. What the hub had sent by then is still there.
    let got = 0
    for await (const chunk of socket) got += (chunk as Buffer).length
    assert.ok(got < whole, `${got} of ${whole} bytes`)
  })
})
