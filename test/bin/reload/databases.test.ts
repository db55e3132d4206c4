import assert from 'node:assert/strict'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { configText } from '../world.ts'
import { opening, reload, titled, titleOf, writeConfig } from './world.ts'

onEachDatabase('a reload', (makeDatabase) => {
  let carrel: Carrel | undefined
  afterEach(() => carrel?.stop())

  it('takes over a good config, keeps the old one where the new hub fails, and fails no request', async function () {
    this.timeout(300_000)
    const database = await makeDatabase()
    const at = (config: string) =>
      config.replace('defineConfig({', `defineConfig({ database: ${JSON.stringify(database)},`)
    const started = await startCarrel({ config: at(configText) })
    carrel = started
    let isOver = false
    const statuses = new Set<number>()
    const asking = (async () => {
      while (!isOver) statuses.add((await fetch(new URL('/hub/login', started.link))).status)
    })()
    await writeConfig(started, at(titled('Another title')))
    assert.deepEqual(await reload(started), { code: 0, output: 'Reloaded: the config is in use as it is now.\n' })
    assert.match((await titleOf(started)) ?? '', /Another title/)
    await writeConfig(started, at(titled('A third title', opening("throw new Error('no engine here')"))))
    assert.equal((await reload(started)).code, 1)
    assert.match((await titleOf(started)) ?? '', /Another title/)
    isOver = true
    await asking
    assert.deepEqual([...statuses], [200])
  })
})
