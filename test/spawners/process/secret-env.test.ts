import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import type { ServerSpec, SpawnError, Spawner } from '../../../spawners/spawner.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { contextOf, ended, key, node, specOf } from './world.ts'

describe('secrets of processes, from files', () => {
  let dataDir: string
  let runDir: string
  let file: string
  let spawner: Spawner

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    file = join(dataDir, 'api-key')
    spawner = await processSpawner({ secretEnv: { SITE_KEY: file } }).open(contextOf(dataDir, {}))
  })

  afterEach(async () => {
    await spawner.stop(key, undefined, { graceSeconds: 0 })
    await rm(runDir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  async function run(script: string, more: Partial<ServerSpec>): Promise<string> {
    const signal = new AbortController().signal
    const context = { signal, report: () => undefined, record: async () => undefined, bundle: noBundle }
    await spawner.start(specOf(node(script), more), context)
    return (await ended(spawner, key)).lines?.join('\n') ?? ''
  }

  it('are variables of all servers, or of those that say so, and stand in no file of a run', async () => {
    await writeFile(file, 'open sesame\n')
    const shown = 'console.log(process.env.SITE_KEY?.length, process.env.OWN?.length)'
    assert.equal(await run(shown, {}), '11 undefined')
    for (const name of await readdir(runDir, { recursive: true, withFileTypes: true })) {
      if (name.isFile()) assert.doesNotMatch(await readFile(join(name.parentPath, name.name), 'utf8'), /sesame/)
    }
    await spawner.stop(key, undefined, { graceSeconds: 0 })
    assert.equal(await run(shown, { options: { secretEnv: { OWN: file } } }), 'undefined 11')
  })

  it('come after what the course itself says', async () => {
    await writeFile(file, 'secret')
    const env = { SITE_KEY: 'own' }
    assert.equal(await run('console.log(process.env.SITE_KEY)', { env }), 'own')
  })

  it('keep a server from starting when they cannot be read, and learners are not told the file', async () => {
    await assert.rejects(run('', {}), ({ message, detail, lasts }: SpawnError) => {
      assert.equal(message.includes(file), false)
      assert.ok(detail?.includes(file))
      return lasts === true
    })
  })

  it('are the only option that a course may say', () => {
    const { serverOptions } = processSpawner()
    assert.deepEqual(serverOptions?.names, ['secretEnv'])
    assert.deepEqual(serverOptions?.problems({ secretEnv: { A: '/etc/carrel/a' } }), [])
    const [python, relative] = [{ python: 'python3' }, { secretEnv: { A: 'a' } }].map((one) =>
      serverOptions?.problems(one),
    )
    assert.match(python?.[0]?.message ?? '', /option of the whole spawner/)
    assert.deepEqual(relative?.[0]?.path, ['secretEnv', 'A'])
  })
})
