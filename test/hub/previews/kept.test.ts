import assert from 'node:assert/strict'
import { findPreview, findPreviewSource, putPreview } from '../../../hub/db/content/previews.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'

onEachDatabase('pages of notebooks that are kept', (makeDatabase) => {
  let db: Database
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ db, close } = await openDatabase(await makeDatabase()))
  })
  afterEach(() => close())

  it('count for a day only where no page could be made', async () => {
    const page = { course: 'c', digest: 'd', version: '1', pictures: [] }
    await putPreview(db, { ...page, path: 'good.ipynb', html: Buffer.from('page') })
    await putPreview(db, { ...page, path: 'slow.ipynb', html: undefined })
    const slow = { course: 'c', path: 'slow.ipynb' }
    assert.equal((await findPreview(db, slow))?.html, undefined)
    assert.equal((await findPreviewSource(db, slow))?.isThere, false)

    await db('previews').decrement('made', 25 * 3600_000)
    assert.deepEqual([await findPreview(db, slow), await findPreviewSource(db, slow)], [undefined, undefined])
    assert.equal((await findPreview(db, { course: 'c', path: 'good.ipynb' }))?.html?.toString(), 'page')

    await putPreview(db, { ...page, path: 'slow.ipynb', html: Buffer.from('now it went') })
    assert.equal((await findPreviewSource(db, slow))?.isThere, true)
  })

  it('that find no room count as those that cannot be made, so that not each reader has them made', async () => {
    const page = { course: 'c', digest: 'd', version: '1', pictures: [], html: Buffer.from('0123456789') }
    assert.equal(await putPreview(db, { ...page, path: 'first.ipynb' }, 15), true)
    assert.equal(await putPreview(db, { ...page, path: 'second.ipynb' }, 15), false)
    assert.equal((await findPreviewSource(db, { course: 'c', path: 'second.ipynb' }))?.isThere, false)
    assert.equal(await putPreview(db, { ...page, path: 'first.ipynb' }, 15), true)
  })
})
