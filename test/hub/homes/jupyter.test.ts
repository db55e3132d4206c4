import assert from 'node:assert/strict'
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Agent, fetch } from 'undici'
import { defaultConfigFile, loadConfig } from '../../../config/load.ts'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { exportHome, importHome, measureHome } from '../../../hub/homes/copies.ts'
import { removeDueHomes, removeHome } from '../../../hub/homes/removal.ts'
import { makeNotebook } from '../../../hub/launch/contents/make.ts'
import type { FoundFile } from '../../../hub/launch/files.ts'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { serverToken } from '../../../seats/keys.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { type HomeParts, openHomeParts } from './home-parts.ts'

describe('a home of the hub, with real JupyterLab', function () {
  this.timeout(300_000)

  const options = { by: 'operator', signal: new AbortController().signal }
  let dataDir: string
  let database: TestDatabase
  let parts: HomeParts
  let servers: Server[]

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-home-'))
    database = await sqliteDatabase()
    parts = await openHomeParts(database.url, { from: 'image' })
    servers = []
    const { spawner, courses } = await loadConfig(defaultConfigFile)
    const { hub } = parts
    const urls = { hubUrl: 'http://127.0.0.1:8000', serversUrl: 'http://localhost:8000' }
    hub.spawner = await spawner.open({ installation: hub.installation, dataDir, ...urls, warn: () => undefined })
    parts.demo.image = courses.demo?.image ?? ''
  })

  after(async () => {
    if (parts === undefined) return
    for (const { id } of servers) await parts.hub.spawner.stop({ server: id, run: 9 }, undefined, { graceSeconds: 0 })
    await parts.stop()
    await rm(await openRunDir(dataDir, process.env), { recursive: true })
    await rm(dataDir, { recursive: true })
    await database.remove()
  })

  const open = async (name: string) => {
    const server = await parts.open(await parts.makePerson(name))
    servers.push(server)
    return server
  }

  /** Asks the server's Contents API, and returns the status. */
  async function contents({ id, run, path, target = '' }: Server, method: string, file: string, body?: object) {
    const dispatcher = new Agent({ connect: { socketPath: decodeURIComponent(new URL(target).host) } })
    const token = serverToken(parts.hub.secrets.keys.all[0], id, run)
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
    const sent = body && { body: JSON.stringify(body) }
    const answer = await fetch(`http://localhost${path}api/contents/${file}`, { method, headers, dispatcher, ...sent })
    await answer.arrayBuffer()
    await dispatcher.destroy()
    return answer.status
  }

  const folderOf = async ({ home = '' }: Server) => {
    const { id, spawnerState = {} } = await parts.home(home)
    return parts.hub.spawner.folderOf({ id, state: spawnerState, path: '/home/jovyan/work', fromImage: false })
  }

  it('is the root of JupyterLab, has room again when files are deleted, and outlives the server', async () => {
    const server = await open('ann')
    const folder = await folderOf(server)
    assert.ok((await readdir(folder)).includes('welcome.ipynb'), 'copied from the image')
    const content = 'x'.repeat(3_000_000)
    const before = (await measureHome(parts.hub, server.home ?? '', options.signal))?.bytes ?? 0
    assert.equal(await contents(server, 'PUT', 'mine.txt', { type: 'file', format: 'text', content: 'hers' }), 201)
    assert.equal(await readFile(join(folder, 'mine.txt'), 'utf8'), 'hers')
    assert.equal(await contents(server, 'PUT', 'full', { type: 'directory' }), 201)
    assert.equal(await contents(server, 'PUT', 'full/big', { type: 'file', format: 'text', content }), 201)
    await writeFile(join(folder, 'full', 'by-a-program'), content)
    const size = async () => (await measureHome(parts.hub, server.home ?? '', options.signal))?.bytes ?? 0
    assert.ok((await size()) > before + 6_000_000)
    assert.equal(await contents(server, 'DELETE', 'full'), 204, 'a full folder')
    assert.ok((await size()) < before + 100_000)
    await parts.close(server)
    const again = await open('ann')
    assert.deepEqual([again.run, again.home], [2, server.home])
    assert.equal(await contents(again, 'GET', 'mine.txt'), 200)
    await parts.close(again)
  })

  it('keeps what Jupyter is writing into it while a notebook is made beside that', async () => {
    const server = await open('ann')
    const folder = await folderOf(server)
    // So they look in the midst of a save: the one that is written, and the one from before it.
    await writeFile(join(folder, 'half.ipynb'), '{"cells": [')
    await cp(join(folder, 'welcome.ipynb'), join(folder, '.~half.ipynb'))
    const entries: FoundFile[] = [{ path: 'half.ipynb', type: 'notebook' }]
    await makeNotebook(parts.hub, server, { course: undefined, path: 'new.ipynb', folder: '', entries })
    assert.equal(await readFile(join(folder, 'half.ipynb'), 'utf8'), '{"cells": [')
    assert.ok((await readdir(folder)).includes('new.ipynb'))
    await parts.close(server)
  })

  it('is exported by an errand, imported for another person, and removed at the end', async () => {
    const ann = await open('ann')
    await parts.close(ann)
    const bob = await open('bob')
    await parts.close(bob)
    await writeFile(join(await folderOf(bob), 'mine.txt'), 'his')
    const archive = new PassThrough()
    const [bytes] = await Promise.all([buffer(archive), exportHome(parts.hub, ann.home ?? '', archive, options)])
    await importHome(parts.hub, bob.home ?? '', Readable.from([bytes]), options)
    assert.equal(await readFile(join(await folderOf(bob), 'mine.txt'), 'utf8'), 'his', 'what is there stays')
    await importHome(parts.hub, bob.home ?? '', Readable.from([bytes]), { ...options, overwrite: true })
    assert.equal(await readFile(join(await folderOf(bob), 'mine.txt'), 'utf8'), 'hers')
    const broken = Readable.from([bytes.subarray(0, 2000)])
    await assert.rejects(importHome(parts.hub, bob.home ?? '', broken, options), { code: 'errand_failed' })
    assert.equal((await parts.home(bob.home ?? '')).holder, undefined)

    const folder = await folderOf(bob)
    await removeHome(parts.hub, bob.home ?? '', { by: 'operator', reason: 'the end', milliseconds: 0 })
    await removeDueHomes(parts.hub)
    await assert.rejects(access(folder), { code: 'ENOENT' })
    await access(await folderOf(ann))
  })
})
