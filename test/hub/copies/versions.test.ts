import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { putBlobs } from '../../../hub/db/content/blobs.ts'
import { addVersion } from '../../../hub/db/content/versions.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import type { HttpBrowser } from '../../helpers/test-hub.ts'
import { openSchool, type School } from '../access/guests/school.ts'

const notebook = (sources: string[]) =>
  JSON.stringify({
    ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
    cells: sources.map((source) => ({ cell_type: 'markdown', metadata: {}, source })),
  })

onSqlite('the pages of earlier versions', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let school: School
  let ann: HttpBrowser
  beforeEach(async () => {
    school = await openSchool(await makeDatabase())
    cleanup.defer(() => school.hub.stop())
    ann = school.ann
  })

  async function keep(text: string, path = 'a.ipynb'): Promise<number> {
    const bytes = Buffer.from(text)
    const digest = createHash('sha256').update(bytes).digest('hex')
    await school.hub.db.transaction(async (trx) => {
      await putBlobs(trx, [{ digest, bytes }])
      await addVersion(trx, { account: 'local:ann', course: 'demo', path, digest, size: bytes.length })
    })
    return Number((await school.hub.db('versions').max({ number: 'number' }))[0]?.number)
  }
  const look = async (number: number) => (await ann.navigate(`/hub/versions/demo/${number}/look`)).text

  it('show a version’s cells as text, with buttons that hand it out and put it back', async () => {
    const number = await keep(notebook(['# Mine', 'a < b']))
    assert.match(
      (await ann.navigate('/hub/versions/demo')).text,
      new RegExp(`href="/hub/versions/demo/${number}/look"`),
    )
    const page = await look(number)
    assert.match(page, /An earlier version of a\.ipynb/)
    assert.match(page, /<pre># Mine<\/pre>.*<pre>a &#60; b<\/pre>/s)
    assert.match(page, new RegExp(`href="/hub/versions/demo/${number}" download`))
    assert.match(page, new RegExp(`action="/hub/versions/demo/${number}/restore"`))
  })

  it('say why one cannot be shown, and show of a long one a part', async () => {
    assert.match(
      await look(await keep('no notebook')),
      /This version cannot be shown here: .*\. Download it to look at it\./,
    )
    const page = await look(await keep(notebook(Array.from({ length: 3000 }, () => 'x'.repeat(1000)))))
    assert.ok(page.includes('…') && page.length < 2 ** 21)
  })

  it('are for people, and not for programs that ask again and again', async () => {
    const number = await keep(notebook(['a']))
    const answers = await Promise.all(Array.from({ length: 15 }, () => ann.fetch(`/hub/versions/demo/${number}/look`)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 429])
  })

  it('delete all versions of one notebook, after a question', async () => {
    for (const text of ['1', '2']) await keep(text)
    await keep('3', 'b.ipynb')
    const list = (await ann.navigate('/hub/versions/demo')).text
    assert.equal(list.match(/Delete all/g)?.length, 1)
    const page = await ann.navigate('/hub/versions/demo/delete?path=a.ipynb')
    assert.match(page.text, /There are 2\. They cannot be brought back/)
    assert.equal((await school.hub.db('versions')).length, 3)
    assert.equal((await ann.submit('/hub/versions/demo/delete', { path: 'a.ipynb' })).status, 303)
    assert.deepEqual(await school.hub.db('versions').pluck('path'), ['b.ipynb'])
    for (const query of ['', '?path=a.ipynb', '?path=a&path=b'])
      assert.equal((await ann.navigate(`/hub/versions/demo/delete${query}`)).status, 404)
  })

  it('have no versions any more when an admin has removed them, after a question, and the history says so', async () => {
    for (const text of ['1', '2']) await keep(text)
    const root = await school.as('root')
    const id = await school.userId('ann')
    assert.match(
      (await root.navigate(`/hub/admin/users/${id}/versions`)).text,
      /2 versions of notebooks go, of all courses/,
    )
    assert.match((await root.navigate(`/hub/admin/users/${id}/remove`)).text, /Earlier versions of notebooks stay/)
    assert.equal((await root.submit(`/hub/admin/users/${id}/versions`)).status, 303)
    assert.deepEqual(await school.hub.db('versions'), [])
    const { user, detail } = await school.hub.db('events').where({ kind: 'versions-removed' }).first()
    assert.deepEqual([user, JSON.parse(detail)], [id, { by: await school.userId('root'), versions: 2 }])
  })
})
