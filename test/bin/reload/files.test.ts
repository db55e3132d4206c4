import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { configText, launch } from '../world.ts'
import { reload } from './world.ts'

describe('a reload after a change of a file beside the config', function () {
  this.timeout(300_000)
  let carrel: Carrel | undefined
  afterEach(() => carrel?.stop())

  it('gives servers the new file at their next start, and leaves what runs as it is', async () => {
    const dates = join(import.meta.dirname, '../../../config/demo/welcome.ipynb')
    const beside = (path: string) =>
      configText.replace(
        'courses: {',
        `files: { '/srv/course': { 'dates.txt': ${JSON.stringify(path)} } },\n courses: {`,
      )
    const started = await startCarrel({ config: beside(dates) })
    carrel = started
    const first = await launch(started, 'working')
    await writeFile(join(started.dataDir, 'dates.txt'), 'tuesday')
    await writeFile(join(started.dataDir, 'carrel.config.ts'), beside('./dates.txt'))
    assert.equal((await reload(started)).code, 0)
    await writeFile(join(started.dataDir, 'dates.txt'), 'wednesday')
    assert.equal((await reload(started)).code, 0)
    const second = await launch(started, 'deaf')

    const bundlesOf = async ({ id }: { id: string }) => {
      const sql = `select content from definitions where digest = (select made_of from servers where id = '${id}')`
      const [row] = await started.query<{ content: string }>(sql)
      return (JSON.parse(row?.content ?? '{}').bundles as { digest: string }[]).map(({ digest }) => digest)
    }
    const made = (await started.query<{ digest: string }>('select digest from bundles order by created')).map(
      ({ digest }) => digest,
    )
    assert.equal(made.length, 3)
    assert.deepEqual([await bundlesOf(first), await bundlesOf(second)], [[made[0]], [made[2]]])
  })
})
