import assert from 'node:assert/strict'
import { on } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { configSchema } from '../../config/config.ts'
import { defaultConfigFile, loadConfig } from '../../config/load.ts'
import { type RunningHub, startHub } from '../../hub/start.ts'
import { addressOf } from '../../net/endpoint.ts'
import { type RunningProxy, startProxy } from '../../proxy/proxy.ts'
import { processSpawner } from '../../spawners/process/process.ts'
import { closedBy } from '../helpers/front-doors.ts'
import { startGateway } from '../helpers/gateway.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'
import { createHttpBrowser, type HttpBrowser, lookInto, secrets } from '../helpers/test-hub.ts'
import { people } from '../hub/people.ts'
import { type Asked, ask, outcome } from '../proxy/world.ts'

const [hubHost, serversHost] = ['127.0.0.1:8000', 'localhost:8000']

/** A program that knows only a token, with a real JupyterLab and two proxies, of which it may use either. */
describe('a program with a token', function () {
  this.timeout(300_000)
  const log: string[] = []
  const closers: (() => unknown)[] = []
  let dataDir: string
  let hub: RunningHub
  let proxies: RunningProxy[]
  let ann: HttpBrowser
  let token: string

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-token-'))
    closers.push(() => rm(dataDir, { recursive: true, force: true }))
    const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
    const gateway = await startGateway()
    closers.push(() => gateway.close())
    const here = { ips: ['127.0.0.1'], port: 0 } as const
    const urls = { hubUrl: `http://${hubHost}`, serversUrl: `http://${serversHost}` }
    const { keys, proxyToken } = secrets
    proxies = []
    for (let count = 0; count < 2; count += 1) {
      const proxy = await startProxy({
        ...{ ...urls, listen: here, api: here, hubs: [`http://127.0.0.1:${gateway.port}`] },
        ...{ keys, token: proxyToken, log: logger, forTests: { graceSeconds: 0.05 } },
      })
      proxies.push(proxy)
      closers.push(() => proxy.stop())
    }
    const config = configSchema.parse({
      hub: { url: urls.hubUrl, port: 0 },
      servers: { url: urls.serversUrl },
      proxies: proxies.map(({ apiUrl }) => ({ url: apiUrl })),
      spawner: processSpawner(),
      authenticators: [people],
      courses: { demo: { image: (await loadConfig(defaultConfigFile)).courses.demo?.image } },
    })
    hub = await startHub({ config, secrets, dataDir, log: logger })
    closers.push(async () => {
      await hub.stopServers(1)
      await hub.stop()
    })
    gateway.forwardTo(Number(new URL(hub.address).port))
    ann = createHttpBrowser(hub.address)
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    token = await makeToken()
  })

  after(async () => {
    for (const close of closers.reverse()) await close()
  })

  async function makeToken(): Promise<string> {
    const page = await ann.submit('/hub/token', { note: 'night job', days: '1' })
    return String(/carrel-user-[\w-]{43}/.exec(page.text)?.[0])
  }

  function show(door: number, path: string, how: Asked = {}, shown = token) {
    const headers = { authorization: `token ${shown}`, 'content-type': 'application/json', ...how.headers }
    return ask(proxies[door]?.urls[0] ?? '', path, { host: hubHost, ...how, headers })
  }

  function openSocket(door: number, host: string, path: string, headers: Record<string, string> = {}): WebSocket {
    const at = addressOf(proxies[door]?.urls[0] ?? '') as { host: string; port: number }
    return new WebSocket(`ws://${at.host}:${at.port}${path}`, { headers: { host, ...headers } })
  }

  async function newKernel(): Promise<string> {
    const made = await show(0, '/user/ann/demo/api/kernels', { method: 'POST', body: '{"name":"python3"}' })
    assert.equal(made.status, 201, made.body)
    return `/user/ann/demo/api/kernels/${JSON.parse(made.body).id}/channels`
  }

  /** Returns what a cell prints. */
  async function run(socket: WebSocket, code: string): Promise<string> {
    const header = {
      msg_id: 'm1',
      username: 'ann',
      session: 's',
      msg_type: 'execute_request',
      version: '5.3',
      date: '',
    }
    const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false }
    const messages = on(socket, 'message')
    socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content }))
    for await (const [data] of messages) {
      const message = JSON.parse(String(data))
      if (message.header.msg_type === 'stream') return message.content.text
    }
    throw new Error('the kernel said nothing')
  }

  it('starts its user’s server and uses it under both names, but under the hub’s in a sandbox', async () => {
    for (;;) {
      const { status } = await show(0, '/hub/api/users/ann/servers/demo', { method: 'POST', body: '{}' })
      if (status === 201 || status === 400) break
      assert.equal(status, 202)
    }
    const { servers } = JSON.parse((await show(1, '/hub/api/user')).body)
    assert.deepEqual([servers.demo.ready, servers.demo.url], [true, '/user/ann/demo/'])
    for (const [door, host] of [0, 1].flatMap((one) => [[one, hubHost] as const, [one, serversHost] as const])) {
      const { status, headers, body } = await show(door, `${servers.demo.url}api/contents`, { host })
      assert.equal(status, 200, body)
      assert.ok(JSON.parse(body).content.some((file: { name: string }) => file.name === 'welcome.ipynb'))
      const policy = String(headers['content-security-policy'])
      assert.equal(/(^|, )sandbox($|,)/.test(policy), host === hubHost, policy)
      assert.equal(headers['set-cookie'] === undefined, host === hubHost)
      const page = await show(door, `${servers.demo.url}lab`, { host })
      assert.equal(page.status, 200)
      assert.doesNotMatch(page.body, /carrel-(user|server)-/)
    }
    const written = await show(1, '/user/ann/demo/api/contents/by-token.txt', {
      ...{ method: 'PUT', host: serversHost },
      body: JSON.stringify({ type: 'file', format: 'text', content: 'x' }),
    })
    assert.equal(written.status, 201, written.body)
  })

  it('uses a kernel, but no longer than its revocation allows, at every proxy and name', async () => {
    const path = await newKernel()
    const sockets = [
      openSocket(0, hubHost, `${path}?token=${token}`),
      openSocket(0, serversHost, path, { authorization: `token ${token}` }),
      openSocket(1, hubHost, path, { authorization: `Bearer ${token}`, origin: 'https://tool.example' }),
      openSocket(1, serversHost, `${path}?session_id=x&token=${token}`),
    ]
    assert.deepEqual(await Promise.all(sockets.map(outcome)), ['open', 'open', 'open', 'open'])
    const [socket] = sockets
    assert.ok(socket)
    assert.equal(await run(socket, 'print(6 * 7)'), '42\n')

    const spare = await makeToken()
    const other = openSocket(0, serversHost, `${path}?token=${spare}`)
    assert.equal(await outcome(other), 'open')

    const { api_tokens } = JSON.parse((await show(0, '/hub/api/users/ann/tokens')).body)
    const db = lookInto(`sqlite:${join(dataDir, 'carrel.sqlite')}`)
    closers.push(() => db.destroy())
    await closedBy(db, sockets, async () => {
      const revoked = await show(1, `/hub/api/users/ann/tokens/${api_tokens[0].id}`, { method: 'DELETE' })
      assert.equal(revoked.status, 204)
    })
    for (const [door, host] of [0, 1].flatMap((one) => [[one, hubHost] as const, [one, serversHost] as const])) {
      assert.equal((await show(door, '/user/ann/demo/api/status', { host })).status, 403)
      assert.equal(await outcome(openSocket(door, host, `${path}?token=${token}`)), 403)
      assert.equal((await show(door, '/user/ann/demo/api/status', { host }, spare)).status, 200)
    }
    assert.equal(other.readyState, WebSocket.OPEN)
    other.terminate()
  })

  it('leaves no trace of its token in a log', () => {
    assert.match(log.join(''), /"row":"2b"/)
    assert.match(log.join(''), /"msg":"admitted"/)
    assert.doesNotMatch(log.join(''), /carrel-user-/)
  })
})
