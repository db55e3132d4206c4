import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { processesOf } from '../../spawners/process/world.ts'
import { configText, launch } from '../world.ts'
import { reload, titled, writeConfig } from './world.ts'

describe('a reload while servers start', function () {
  this.timeout(300_000)
  let folder: string
  let go: string
  let carrel: Carrel | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-starts-'))
    go = join(folder, 'go')
  })
  afterEach(async () => {
    await carrel?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const slow = () =>
    configText
      .replace('working: course()', `working: course(${JSON.stringify(`after=${go}`)})`)
      .replace('defineConfig({', 'defineConfig({ limits: { startsAtOnce: 1 },')

  /** Begins two starts, of which one is under way and one in the queue. */
  async function begun() {
    const started = await startCarrel({ config: slow() })
    carrel = started
    const first = launch(started, 'working')
    const processes = await until(async () => {
      const [row] = await started.query<{ id: string }>("select id from servers where state = 'starting'")
      const found = row === undefined ? [] : await processesOf(row.id)
      // Until there is a server, there is its shell, and what that runs before it.
      const program = await readFile(`/proc/${found[0]}/cmdline`, 'utf8').catch(() => '')
      return (
        found.length === 1 && program.startsWith(`${process.execPath}\0`) && program.includes(`after=${go}`) && found
      )
    })
    const second = launch(started, 'deaf')
    await until(async () => (await started.query("select 1 from servers where state = 'queued'")).length === 1)
    return { carrel: started, first, second, processes }
  }
  const reloaded = async (carrel: Carrel) => {
    const { code, output } = await reload(carrel)
    assert.equal(code, 0, `${output}\n${carrel.output()}`)
  }
  const failures = ({ query }: Carrel) => query("select * from events where kind = 'failed'")

  it('lets a start go on whose course has not changed, and the queue after it', async () => {
    const { carrel, first, second, processes } = await begun()
    await writeConfig(
      carrel,
      titled('Another title', slow().replace('working: course(', 'other: course(), working: course(')),
    )
    await reloaded(carrel)
    await writeFile(go, '')
    assert.equal((await first).run, 1)
    assert.equal((await second).run, 1)
    assert.deepEqual(await processesOf((await first).id), processes)
    assert.deepEqual(await failures(carrel), [])
  })

  const changes: [what: string, change: (config: string) => string][] = [
    [
      'is another now',
      (config) => config.replace(/working: course\([^)]*\)/, "working: { ...course(), env: { NEW: '1' } }"),
    ],
    ['is gone', (config) => config.replace(/working: course\([^)]*\),?/, '')],
  ]
  for (const [what, change] of changes) {
    it(`lets a start go on as it was queued whose course ${what}`, async () => {
      const { carrel, first, second, processes } = await begun()
      assert.notEqual(change(slow()), slow())
      await writeConfig(carrel, change(slow()))
      await reloaded(carrel)
      await writeFile(go, '')
      const { id, run } = await first
      assert.equal(run, 1)
      assert.deepEqual(await processesOf(id), processes)
      assert.equal((await second).run, 1)
      assert.deepEqual(await failures(carrel), [])
    })
  }
})
