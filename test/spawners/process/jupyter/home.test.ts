import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch } from 'undici'
import { defaultConfigFile, loadConfig } from '../../../../config/load.ts'
import { openRunDir } from '../../../../net/machine/run-dir.ts'
import type { MountedHome } from '../../../../spawners/files.ts'
import { runSocket } from '../../../../spawners/process/run-folder.ts'
import type { Spawner } from '../../../../spawners/spawner.ts'
import { noBundle } from '../../../helpers/no-bundle.ts'
import { requirePart } from '../../../helpers/require.ts'
import { missingJupyter } from '../../../helpers/setup.ts'
import { until } from '../../../helpers/until.ts'
import { contextOf } from '../world.ts'

describe('a home with JupyterLab', function () {
  this.timeout(300_000)

  const server = 'jupyterwithahome'
  const token = 'token-of-the-test'
  const { signal } = new AbortController()
  let dataDir: string
  let runDir: string
  let image: string
  let spawner: Spawner
  let home: MountedHome
  let dispatcher: Agent | undefined

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    const config = await loadConfig(defaultConfigFile)
    image = config.courses.demo?.image ?? ''
    spawner = await config.spawner.open(contextOf(dataDir))
    const labels = { id: 'homeofjupyter1', account: 'password/ann', course: 'demo' }
    const state = (await spawner.homes?.make(labels, { signal })) ?? {}
    home = { id: labels.id, state, path: '/home/jovyan/work', fromImage: true }
  })

  after(async () => {
    await spawner?.stop({ server, run: 9 }, undefined, { graceSeconds: 0 })
    await dispatcher?.destroy()
    for (const folder of [runDir, dataDir]) if (folder !== undefined) await rm(folder, { recursive: true })
  })

  /** Stops the earlier run, and starts the next one as the hub does with a course that has a home. */
  async function start(run: number): Promise<void> {
    await spawner.stop({ server, run: run - 1 }, undefined, { graceSeconds: 5 })
    await dispatcher?.destroy()
    const key = { server, run }
    const socket = runSocket(runDir, key)
    dispatcher = new Agent({ connect: { socketPath: socket } })
    const files = ['--FileContentsManager.delete_to_trash=False', '--FileContentsManager.always_delete_dir=True']
    const command = [
      'jupyter-lab',
      '--no-browser',
      '--ServerApp.allow_root=True',
      `--ServerApp.sock=${socket}`,
      ...files,
    ]
    await spawner.start(
      {
        ...{ ...key, hash: 'h', course: 'demo', user: 'ann', image, command, home },
        ...{ env: { JUPYTER_TOKEN: token }, limits: {}, gpu: false, bundles: [] },
      },
      { signal, report: () => undefined, record: async () => undefined, bundle: noBundle },
    )
    await until(async () => (await ask('GET', '/api').catch(() => undefined))?.status === 200)
  }

  async function ask(method: string, path: string, body?: object) {
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
    const sent = body && { body: JSON.stringify(body) }
    return fetch(`http://localhost${path}`, { method, headers, ...(dispatcher && { dispatcher }), ...sent })
  }

  const own = (...path: string[]) => join(spawner.folderOf(home), ...path)
  const bytes = async () => (await spawner.homes?.measure(home.id, home.state, { signal }))?.bytes ?? 0

  it('shows the files of the course, and keeps what was written when it is stopped and started', async () => {
    await start(1)
    const listing = (await (await ask('GET', '/api/contents')).json()) as { content: { name: string }[] }
    assert.deepEqual(
      listing.content.map(({ name }) => name),
      ['welcome.ipynb'],
    )
    const file = { type: 'file', format: 'text', content: 'my work' }
    assert.equal((await ask('PUT', '/api/contents/mine.txt', file)).status, 201)
    assert.equal(await readFile(own('mine.txt'), 'utf8'), 'my work')
    await start(2)
    const read = (await (await ask('GET', '/api/contents/mine.txt')).json()) as { content: string }
    assert.equal(read.content, 'my work')
    assert.deepEqual(await readdir(join(dataDir, 'workspaces')), [])
  })

  it('has more room when files and folders are deleted', async () => {
    const empty = await bytes()
    const content = 'x'.repeat(3_000_000)
    assert.equal((await ask('PUT', '/api/contents/folder', { type: 'directory' })).status, 201)
    for (const path of ['big.txt', 'folder/big.txt']) {
      assert.equal((await ask('PUT', `/api/contents/${path}`, { type: 'file', format: 'text', content })).status, 201)
    }
    await writeFile(own('folder', 'by-a-program'), content)
    assert.ok((await bytes()) > empty + 9_000_000)
    for (const path of ['big.txt', 'folder']) assert.equal((await ask('DELETE', `/api/contents/${path}`)).status, 204)
    assert.ok((await bytes()) < empty + 100_000)
  })
})
