import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withTrace } from '../../../net/trace.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import type { Spawner } from '../../../spawners/spawner.ts'
import { newSpec, startContext } from '../../helpers/engines/started.ts'

/** Tests of a fake engine that refuses, hangs or stops half-way, which a real one rarely does when a test wants it. */
describe('an engine in trouble', () => {
  const key = { server: 'k3v9x0qp2m7a', run: 1 }
  const open = {
    installation: { name: 'carrel', id: 'f00d' },
    dataDir: '',
    hubUrl: '',
    serversUrl: '',
    warn: () => undefined,
  }
  /** For an engine that never answers. One that does gets the usual time, since it may be slow. */
  const impatient = { timeoutSeconds: 1 }
  let folder: string
  let close: (() => void) | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-engine-'))
  })

  afterEach(async () => {
    close?.()
    await rm(folder, { recursive: true })
  })

  for (const [title, answer, problem] of [
    ['that does not answer', () => undefined, /took over 1 s/],
    ['that stops in the midst of its answer', (response) => response.writeHead(200).write('[{'), /took over 1 s/],
    ['that closes the connection', (response) => response.destroy(), /socket hang up/],
    ['that has an internal error', (response) => refuse(response, 500, 'the disk is full'), /the disk is full/],
    ['that forbids the request', (response) => refuse(response, 403, 'not allowed'), /not allowed/],
  ] satisfies [string, (response: ServerResponse) => unknown, RegExp][]) {
    it(`${title} makes every call reject, so that no server counts as gone`, async () => {
      const spawner = await engine(
        (_request, response) => answer(response),
        problem.source.includes('took over') ? impatient : {},
      )
      await assert.rejects(spawner.poll(key, undefined), problem)
      await assert.rejects(spawner.list(), problem)
      await assert.rejects(spawner.stop(key, undefined, { graceSeconds: 0 }), problem)
      await assert.rejects(spawner.start(newSpec('image', []), startContext()), { name: 'SpawnError' })
    })
  }

  it('is told the trace of the request for which it is asked, and no other', async () => {
    const traces: unknown[] = []
    const spawner = await engine((request, response) => {
      traces.push(request.headers.traceparent)
      refuse(response, 404, 'no such container')
    })
    await withTrace('00-trace-a', () => spawner.poll(key, { id: 'abc' }))
    await spawner.poll(key, { id: 'abc' })
    assert.ok(traces.length >= 2)
    assert.deepEqual(
      traces,
      traces.map((_, at) => (at < traces.length / 2 ? '00-trace-a' : undefined)),
    )
  })

  it('that is unreachable fails the start, for a reason that may pass', async () => {
    const spawner = await engine(() => undefined)
    close?.()
    await assert.rejects(spawner.start(newSpec('image', []), startContext()), {
      name: 'SpawnError',
      message: /does not answer/,
      lasts: false,
    })
  })

  it('that never says whether it has an image fails the start', async () => {
    const spawner = await engine((request, response) => {
      if (!request.url?.startsWith('/images')) refuse(response, 404, 'no such container')
    }, impatient)
    await assert.rejects(spawner.start(newSpec('image', []), startContext()), {
      message: /does not answer/,
      lasts: false,
    })
  })

  it('that hangs in a start does not keep an aborted start from ending', async () => {
    const leaving = new AbortController()
    const spawner = await engine(() => leaving.abort(new Error('nobody waits any more')))
    const starting = spawner.start(newSpec('image', []), startContext({ signal: leaving.signal }))
    await assert.rejects(starting, /nobody waits any more/)
  })

  it('that is making a container has made it when its aborted start ends, so that the stop after that finds it', async () => {
    const leaving = new AbortController()
    const asked: string[] = []
    const spawner = await engine(
      (request, response) => {
        const path = request.url?.split('?')[0] ?? ''
        asked.push(`${request.method} ${path}`)
        if (path.startsWith('/images/')) return send(response, 200, { Id: 'sha256:1', Config: {} })
        if (path.startsWith('/networks/')) return send(response, 200, { Id: 'ours' })
        if (path !== '/containers/create') return refuse(response, 404, 'no such container')
        leaving.abort(new Error('nobody waits any more'))
        setImmediate(() => {
          asked.push('made')
          send(response, 201, { Id: 'a' })
        })
      },
      { network: 'ours' },
    )
    const starting = spawner.start(newSpec('image', []), startContext({ signal: leaving.signal }))
    await assert.rejects(starting, /nobody waits any more/)
    assert.deepEqual(asked.slice(-2), ['POST /containers/create', 'made'])
  })

  it('that fails to remove one container is asked to remove the others, and the stop fails', async () => {
    const removed: string[] = []
    const spawner = await engine((request, response) => {
      if (request.url?.startsWith('/containers/json'))
        return send(response, 200, [found('a', 1), found('b', 1), found('c', 2)])
      if (request.method !== 'DELETE') return send(response, 204)
      const id = request.url?.split(/[/?]/)[2] ?? ''
      removed.push(id)
      return id === 'a' ? refuse(response, 500, 'device or resource busy') : send(response, 204)
    })
    await assert.rejects(spawner.stop(key, undefined, { graceSeconds: 0 }), /resource busy/)
    assert.deepEqual(removed.sort(), ['a', 'b'])
  })

  for (const [title, fate, expected] of [
    ['makes a stop succeed', 404, undefined],
    ['makes a stop fail, as the other removal did,', 200, /already in progress/],
  ] as const) {
    it(`${title} when another client removes the container at the same moment`, async () => {
      const asked: string[] = []
      const spawner = await engine((request, response) => {
        const listed = request.url?.startsWith('/containers/json')
        // The container is listed until its removal was asked for.
        if (listed) return send(response, 200, asked.some((one) => one.startsWith('DELETE')) ? [] : [found('a', 1)])
        asked.push(`${request.method} ${request.url?.split('?')[0]}`)
        if (request.method === 'DELETE') return refuse(response, 409, 'removal of a is already in progress')
        return request.method === 'GET' ? send(response, fate, { Id: 'a' }) : send(response, 200, {})
      })
      const stopping = spawner.stop(key, undefined, { graceSeconds: 0 })
      await (expected === undefined ? stopping : assert.rejects(stopping, expected))
      assert.deepEqual(asked.slice(-3), ['DELETE /containers/a', 'POST /containers/a/wait', 'GET /containers/a/json'])
    })
  }

  it('whose container ends before its port is known fails the start, with code and last lines for the staff', async () => {
    const log = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 15]), Buffer.from('no such kernel\n')])
    const State = { Status: 'exited', Running: false, ExitCode: 3, OOMKilled: false, Error: '' }
    const spawner = await making({
      '/containers/abc/start': (response) => send(response, 204),
      '/containers/abc/json': (response) => send(response, 200, { Id: 'abc', State, NetworkSettings: { Ports: {} } }),
      '/containers/abc/logs': (response) => response.end(log),
    })
    await assert.rejects(spawner.start(newSpec('image', []), startContext()), {
      name: 'SpawnError',
      message: /ended as soon as it had started/,
      detail: /"code":3.*no such kernel/,
    })
  })

  it('that cannot run the program fails the start, with its own message for the staff', async () => {
    const spawner = await making({
      '/containers/abc/start': (response) => refuse(response, 400, 'exec: "jupyter-lab": executable file not found'),
    })
    await assert.rejects(spawner.start(newSpec('image', []), startContext()), {
      name: 'SpawnError',
      message: /could not be started/,
      detail: /executable file not found/,
    })
  })

  it('gets secrets in the body of a request, never in its address, which engines log', async () => {
    const urls: string[] = []
    const bodies: string[] = []
    const spawner = await engine((request, response) => {
      urls.push(String(request.url))
      if (request.url?.startsWith('/images')) return send(response, 200, {})
      request.on('data', (chunk) => bodies.push(String(chunk)))
      return refuse(response, request.method === 'POST' ? 500 : 404, 'no')
    })
    const spec = newSpec('image', [], { env: { JUPYTER_TOKEN: 'open-sesame' } })
    await assert.rejects(spawner.start(spec, startContext()), { name: 'SpawnError' })
    assert.ok(bodies.join('').includes('open-sesame'))
    assert.ok(!urls.join('').includes('open-sesame'))
  })

  it('that is not there fails the opening of the spawner at once, with the remedy', async () => {
    const plugin = dockerSpawner({ host: `unix://${folder}/nobody.sock` })
    await assert.rejects(plugin.open(open), /No Docker Engine answers at unix:.*nobody\.sock.*running.*DOCKER_HOST/)
  })

  it('without the network of the options fails the opening, with the command that makes it', async () => {
    const answer = (_request: IncomingMessage, response: ServerResponse) => refuse(response, 404, 'network not found')
    await assert.rejects(engine(answer, { network: 'desks' }), /docker network create desks/)
  })

  async function engine(answer: RequestListener, options: DockerOptionsInput = {}): Promise<Spawner> {
    const socket = join(folder, 'engine.sock')
    const server = createServer((request, response) => {
      if (request.url === '/_ping') response.end('OK')
      else if (request.url?.startsWith('/networks?')) send(response, 200, [network])
      else answer(request, response)
    })
    server.listen(socket)
    await once(server, 'listening')
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    return dockerSpawner({ host: `unix://${socket}`, ...options }).open(open)
  }

  /** Opens a spawner on an engine that has the image and creates the container `abc`. */
  function making(answers: Record<string, (response: ServerResponse) => unknown>): Promise<Spawner> {
    const all: typeof answers = {
      '/images/image/json': (response) => send(response, 200, {}),
      '/containers/create': (response) => send(response, 201, { Id: 'abc' }),
      ...answers,
    }
    return engine((request, response) => {
      const answer = all[request.url?.split('?')[0] ?? '']
      if (answer === undefined) refuse(response, 404, 'no such container')
      else answer(response)
    })
  }

  function found(id: string, run: number) {
    const labels = {
      installation: 'carrel',
      'installation-id': 'f00d',
      server: key.server,
      run: String(run),
      hash: 'h',
    }
    const Labels = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`carrel.${name}`, value]))
    return { Id: id, Names: [`/${id}`], Labels, State: 'running' }
  }
})

/** The network that the spawner has made before. */
const network = {
  Name: 'carrel-carrel-f00d',
  Id: 'd35c',
  Created: '2026-11-21T12:00:00.123456789Z',
  Driver: 'bridge',
  Internal: false,
  Options: { 'com.docker.network.bridge.enable_icc': 'false' },
  Labels: { 'carrel.installation': 'carrel', 'carrel.installation-id': 'f00d' },
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, { message })
}
