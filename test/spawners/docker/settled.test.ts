import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '../../../spawners/docker/engine.ts'
import { settled } from '../../../spawners/docker/settled.ts'
import type { ContainerState } from '../../../spawners/docker/status.ts'

describe('the cause of the end of a container', () => {
  const Id = 'a'.repeat(64)
  const began = { StartedAt: '2026-01-01T10:00:00.123456789Z', FinishedAt: '2026-01-01T10:00:07.5Z' }
  const ended = { ...began, Status: 'exited', ExitCode: 137, OOMKilled: false, Error: '' } as ContainerState
  const killed = { state: 'exited', code: 137, reason: 'it was killed' }
  const outOfMemory = { state: 'exited', code: 137, outOfMemory: true }

  /** Returns what is settled at an engine that tells these events, and the addresses of what it was asked. */
  async function told(state: ContainerState, events: string[] | number, signal?: AbortSignal) {
    const asked: URL[] = []
    const server = createServer(({ url = '' }, answer) => {
      asked.push(new URL(url, 'http://engine'))
      if (typeof events === 'number') return void answer.writeHead(events).end('{"message":"no events"}')
      answer.writeHead(200).flushHeaders()
      for (const Action of events) answer.write(`${JSON.stringify({ Action, Actor: { ID: Id } })}\n`)
      // After an event the stream goes on. It ends when its time is over.
      if (events.length === 0) answer.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const engine = connect({ host: `tcp://127.0.0.1:${port}`, timeoutSeconds: 30 })
      return { status: await settled(engine, { Id, State: state }, signal), asked }
    } finally {
      server.close()
      server.closeAllConnections()
    }
  }

  it('is its memory where an event says so that came after the end', async () => {
    const { status, asked } = await told(ended, ['oom', 'destroy'])
    assert.deepEqual(status, outOfMemory)
    const [{ pathname, searchParams }] = asked as [URL]
    assert.equal(pathname.endsWith('/events'), true)
    const { since, until, filters } = Object.fromEntries(searchParams)
    assert.deepEqual(JSON.parse(filters ?? ''), { container: [Id], event: ['oom', 'destroy'] })
    const end = Date.parse(ended.FinishedAt) / 1000
    assert.equal(since, (Date.parse(ended.StartedAt) / 1000).toFixed(3))
    assert.ok(Number(until) > end && Number(until) <= end + 10, 'the engine ends the stream by its own clock')
  })

  it('is that it was killed where the engine tells of no other until the time is over', async () => {
    assert.deepEqual((await told(ended, [])).status, killed)
  })

  it('is not waited for when the container is removed', async () => {
    assert.deepEqual((await told(ended, ['destroy'])).status, killed)
  })

  it('is that it was killed where the engine tells no events', async () => {
    for (const status of [403, 404, 500]) assert.deepEqual((await told(ended, status)).status, killed)
  })

  it('is not waited for after an abort', async () => {
    const reason = new Error('not wanted any more')
    await assert.rejects(told(ended, [], AbortSignal.abort(reason)), reason)
  })

  it('is not asked for of a container that runs, ended by itself, or has its cause', async () => {
    for (const state of [
      { ...ended, Status: 'running' },
      { ...ended, ExitCode: 1 },
      { ...ended, OOMKilled: true },
    ]) {
      assert.deepEqual((await told(state, ['oom'])).asked, [])
    }
  })
})
