import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch } from 'undici'
import { WebSocket } from 'ws'
import { defaultConfigFile, loadConfig } from '../../../../config/load.ts'
import { openRunDir } from '../../../../net/machine/run-dir.ts'
import { isSilent } from '../../../../seats/silence.ts'
import { runSocket } from '../../../../spawners/process/run-folder.ts'
import type { Spawner } from '../../../../spawners/spawner.ts'
import { noBundle } from '../../../helpers/no-bundle.ts'
import { requirePart } from '../../../helpers/require.ts'
import { missingJupyter } from '../../../helpers/setup.ts'
import { until } from '../../../helpers/until.ts'
import { processesOf } from '../world.ts'

describe('process spawner with JupyterLab', function () {
  this.timeout(300_000)

  const key = { server: 'jupyterofatest', run: 1 }
  const token = 'token-of-the-test'
  let dataDir: string
  let runDir: string
  let spawner: Spawner
  let dispatcher: Agent

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    dispatcher = new Agent({ connect: { socketPath: runSocket(runDir, key) } })
    const config = await loadConfig(defaultConfigFile)
    const installation = { name: 'carrel-test', id: 'idofthetests' }
    const urls = { hubUrl: 'http://127.0.0.1:8000', serversUrl: 'http://localhost:8000' }
    spawner = await config.spawner.open({ installation, dataDir, ...urls, warn: () => undefined })
    const command = [
      'jupyter-lab',
      '--no-browser',
      '--ServerApp.allow_root=True',
      `--ServerApp.sock=${runSocket(runDir, key)}`,
    ]
    await spawner.start(
      {
        ...{ ...key, hash: 'h', course: 'demo', user: 'ann', image: config.courses.demo?.image ?? '', command },
        ...{ env: { JUPYTER_TOKEN: token }, limits: {}, gpu: false, bundles: [] },
      },
      {
        signal: new AbortController().signal,
        report: () => undefined,
        record: async () => undefined,
        bundle: noBundle,
      },
    )
    await until(async () => (await ask('GET', '/api').catch(() => undefined))?.status === 200)
  })

  after(async () => {
    await spawner?.stop(key, undefined, { graceSeconds: 0 })
    await dispatcher?.destroy()
    for (const folder of [runDir, dataDir]) if (folder !== undefined) await rm(folder, { recursive: true })
  })

  function ask(method: string, path: string, body?: object) {
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
    return fetch(`http://localhost${path}`, {
      method,
      headers,
      dispatcher,
      ...(body && { body: JSON.stringify(body) }),
    })
  }

  it("shows the course's files", async () => {
    const listing = (await (await ask('GET', '/api/contents')).json()) as { content: { name: string }[] }
    assert.deepEqual(
      listing.content.map(({ name }) => name),
      ['welcome.ipynb'],
    )
  })

  it('runs a cell', async () => {
    const kernel = (await (await ask('POST', '/api/kernels', { name: 'python3' })).json()) as { id: string }
    assert.equal(await runCode(kernel.id, 'print("a desk", 6 * 7)'), 'a desk 42\n')
  })

  it('answers the question whether it is silent while a kernel computes, and not when it is frozen', async function () {
    if (process.platform !== 'linux') this.skip()
    const kernel = (await (await ask('POST', '/api/kernels', { name: 'python3' })).json()) as { id: string }
    const computing = runCode(kernel.id, 'print("busy", flush=True)\nwhile True: pass')
    assert.equal(await computing, 'busy\n')
    const look = (milliseconds: number) =>
      isSilent({ where: { socketPath: runSocket(runDir, key) }, path: '/api', milliseconds })
    assert.equal(await look(30_000), false)
    const pids = await processesOf(key.server)
    for (const pid of pids) process.kill(Number(pid), 'SIGSTOP')
    assert.equal(await look(500), true)
    assert.deepEqual(await spawner.poll(key, undefined), { state: 'running' })
    for (const pid of pids) process.kill(Number(pid), 'SIGCONT')
    assert.equal(await look(30_000), false)
  })

  it('leaves no kernel, no terminal and no file outside the workspace when it is stopped', async () => {
    assert.equal((await ask('POST', '/api/terminals')).status, 200)
    assert.ok((await processesOf(key.server)).length >= 3)
    await spawner.stop(key, undefined, { graceSeconds: 10 })
    assert.deepEqual(await processesOf(key.server), [])
    assert.deepEqual(await readdir(runDir), [])
  })

  async function runCode(kernel: string, code: string): Promise<string> {
    const socket = new WebSocket(`ws+unix:${runSocket(runDir, key)}:/api/kernels/${kernel}/channels?token=${token}`)
    await once(socket, 'open')
    const header = { msg_id: 'm1', msg_type: 'execute_request', username: '', session: 's1', date: '', version: '5.3' }
    const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false }
    socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content, buffers: [] }))
    try {
      for await (const [frame] of on(socket, 'message', { close: ['close'] })) {
        const { msg_type, content } = JSON.parse(String(frame))
        if (msg_type === 'error') throw new Error(content.evalue)
        if (msg_type === 'stream') return content.text
      }
      throw new Error('the kernel went away')
    } finally {
      socket.terminate()
    }
  }
})
