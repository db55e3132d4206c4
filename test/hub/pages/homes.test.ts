import assert from 'node:assert/strict'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, lmsUrl } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openSchool, type School } from '../access/guests/school.ts'

const path = '/home/jovyan/work'
const embed = { ancestors: [lmsUrl] }
const dayMilliseconds = 24 * 3600_000

onSqlite('the page of the files of a course’s learners', (makeDatabase) => {
  let school: School
  let grace: HttpBrowser
  /** Ann's home. */
  let id: string

  const open = async (home: object = {}) => {
    school = await openSchool(await makeDatabase(), {
      courses: {
        demo: { image: 'demo', title: 'A first notebook', staff: ['grace'], embed, home: { path, ...home } as never },
        other: { image: 'other', staff: ['otto'], home: { path } },
        bare: { image: 'bare', staff: ['grace'] },
      },
    })
    grace = await school.as('grace')
    id = (await school.hub.db('homes').first('id')).id
  }
  const stop = async () => {
    await school.ann.submit(`/hub/servers/${school.server.id}/stop`)
    await until(async () => (await school.hub.db('homes').where({ id }).first('holder')).holder === null)
  }
  const row = () => school.hub.db('homes').where({ id }).first()
  const page = async (address = '/hub/course/demo/homes') => (await grace.navigate(address)).text
  const button = (act: string, fields: Record<string, string> = {}) =>
    grace.submit(`/hub/course/demo/homes/${id}/${act}`, { q: '', state: 'all', page: '1', ...fields })

  afterEach(() => school?.hub.stop())

  it('shows each with its owner, size and last use, and is linked where a course has homes', async () => {
    await open({ size: '1G', keepDays: 400 })
    assert.match(await page('/hub/course/demo'), /<a href="\/hub\/course\/demo\/homes">Files of learners<\/a>/)
    assert.doesNotMatch(await page('/hub/course/bare'), /Files of learners/)
    const inUse = await page()
    assert.match(inUse, /<h1>Files of learners in A first notebook<\/h1>/)
    assert.match(
      inUse,
      /save in \/home\/jovyan\/work stays .* Each of them may keep 1 GB\. Files that nobody has used for 400 days/,
    )
    assert.match(inUse, /scope="row">ann<\/th>.*>in use now<.*>size not known yet</)
    assert.doesNotMatch(inUse, /Remove/)
    await stop()
    const now = Date.now()
    await school.hub
      .db('homes')
      .update({ bytes: 3 * 2 ** 20, measured: now - dayMilliseconds * 3, last_used: now - dayMilliseconds * 5 })
    assert.match(await page(), /data-head="Last used"><time [^>]*>5 days ago<.*>3 MB</)
    assert.match(await page('/hub/course/demo/homes?q=bob'), /No owner named like “bob”/)
    assert.match(await page('/hub/course/demo/homes?state=removing'), /No files are to be removed/)
    assert.match(await page('/hub/course/bare/homes'), /No learner has files here yet/)
  })

  it('removes them in a week, after a page that says what goes, and takes that back', async () => {
    await open()
    await stop()
    const asked = await page(`/hub/course/demo/homes/${id}/remove?q=&state=all&page=1`)
    assert.match(asked, /<h1>Remove the files of ann in A first notebook\?<\/h1>/)
    assert.match(
      asked,
      /All files that ann has kept in this course go in seven days\. Last used just now, size not known yet\./,
    )
    const [, seen = ''] = /name="seen" value="(\d+)"/.exec(asked) ?? []
    assert.equal((await row()).remove_at, null, 'a look changes nothing')
    const done = await button('remove', { seen })
    assert.equal(done.status, 303)
    const after = await page(String(done.headers.location))
    assert.match(after, /role="status">The files of ann are removed in seven days\. Until then you can keep them here/)
    assert.match(after, /To be removed on <time datetime="[^"]+" data-local>[^<]+<\/time> \(removed by staff\)/)
    const { remove_at, removed_by } = await row()
    assert.ok(Math.abs(remove_at - Date.now() - 7 * dayMilliseconds) < 60_000)
    assert.equal(removed_by, await school.userId('grace'))
    assert.match(await page('/hub/course/demo/homes?state=removing'), /scope="row">ann<\/th>/)
    assert.match(await page(String((await button('keep')).headers.location)), /The files of ann stay\./)
    assert.equal((await row()).remove_at, null)
    assert.match(await page(String((await button('keep')).headers.location)), /not going to be removed/)
    const events = await school.hub.db('events').whereIn('kind', ['home-removal', 'home-kept']).orderBy('id')
    assert.deepEqual(
      events.map(({ kind, detail }) => [kind, JSON.parse(detail).by]),
      [
        ['home-removal', removed_by],
        ['home-kept', removed_by],
      ],
    )
  })

  it('removes nothing that is in use, or was used while the question was read', async () => {
    await open()
    await stop()
    const seen = String((await row()).last_used - 1)
    const used = await button('remove', { seen })
    assert.match(await page(String(used.headers.location)), /have been used meanwhile, so they stay/)
    await school.ann.enter('/launch/demo')
    const busy = await button('remove', { seen: String((await row()).last_used) })
    assert.match(await page(String(busy.headers.location)), /A notebook uses it/)
    for (const wrong of ['', 'x', '-1']) assert.equal((await button('remove', { seen: wrong })).status, 404)
    assert.equal((await row()).remove_at, null)
  })

  it('says nothing of homes for all courses, which are not this course’s', async () => {
    await open({ per: 'user' })
    const { status, text } = await grace.navigate('/hub/course/demo/homes')
    assert.equal(status, 404)
    assert.match(text, /one place for the files of all their courses/)
    assert.equal((await button('remove', { seen: '1' })).status, 404)
    assert.doesNotMatch(await page('/hub/course/demo'), /Files of learners/)
  })
})
