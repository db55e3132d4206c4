import assert from 'node:assert/strict'
import { definitionOfFields, fieldOf, fieldsOf } from '../../../hub/views/courses/fields.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type Maker, type MakersHub, startMakersHub } from './makers.ts'

onEachDatabase('the pages on which teachers make courses', (makeDatabase) => {
  let hub: MakersHub
  let ann: Maker
  beforeEach(async () => {
    hub = await startMakersHub({ database: await makeDatabase() })
    ann = await hub.maker('ann')
  })
  afterEach(() => hub.stop())

  const form = {
    name: 'Stats',
    title: 'Statistics',
    image: 'stats:3',
    memory: '3G',
    open: 'everyone',
    staff: '',
    more: '',
  }

  it('make a course, change and rename it, archive it, and delete it after a question', async () => {
    assert.match((await ann.browser.navigate('/hub/home')).text, /href="\/hub\/my-courses"/)
    assert.match((await ann.browser.navigate('/hub/my-courses')).text, /href="\/hub\/my-courses\/new"/)
    const empty = (await ann.browser.navigate('/hub/my-courses/new')).text
    assert.match(empty, /Statistics<\/option>/)
    assert.match(empty, /every 5 minutes<\/option><option value="" selected>every 15 minutes</)
    const made = await ann.browser.submit('/hub/my-courses', form)
    assert.equal(made.status, 303, made.text)
    const page = (await ann.browser.navigate('/hub/my-courses/stats')).text
    assert.match(page, /value="3G"/)
    assert.match(page, /http:\/\/hub.test\/launch\/Stats/)
    assert.equal((await hub.browser().navigate('/launch/stats')).status, 200)
    const { name: _, ...fields } = { ...form, staff: 'ann\ntim', title: 'Other', version: '1' }
    assert.equal((await ann.browser.submit('/hub/my-courses/stats', fields)).status, 303)
    const { definition } = (await ann.ask('GET', '/stats')).json()
    assert.deepEqual(definition, { title: 'Other', image: 'stats:3', limits: { memory: '3G' }, staff: ['ann', 'tim'] })
    const renamed = await ann.browser.submit('/hub/my-courses/stats/rename', { to: 'stats-2', version: '2' })
    assert.match(String(renamed.headers.location), /^\/hub\/my-courses\/stats-2\?/)
    await ann.browser.submit('/hub/my-courses/stats-2/archive', { version: '3' })
    assert.match((await ann.browser.navigate('/hub/my-courses')).text, /Archived\./)
    const question = (await ann.browser.navigate('/hub/my-courses/stats-2/delete')).text
    assert.match(question, /Its notebooks stop at once: 0 of learners.*No files of learners are kept/s)
    await ann.browser.submit('/hub/my-courses/stats-2/delete', { version: '4' })
    assert.equal((await ann.ask('GET', '/stats-2')).json().state, 'deleted')
    await ann.browser.submit('/hub/my-courses/stats-2/restore', { version: '5' })
    assert.equal((await ann.ask('GET', '/stats-2')).json().state, 'archived')
  })

  it('say what is wrong in the language of the reader, and in English to programs', async () => {
    const wrong = { ...form, image: 'secret', memory: '900G', more: '{ "titel": 1 }' }
    const { text } = await ann.browser.submit('/hub/my-courses', wrong, { 'accept-language': 'fr' })
    const shown = text.replaceAll('\u00a0', ' ')
    assert.match(shown, /titel : n’est pas un réglage ici ; vouliez-vous dire &#34;title&#34; \?\./)
    const limits = await ann.browser.submit('/hub/my-courses', { ...wrong, more: '' }, { 'accept-language': 'fr' })
    assert.match(limits.text, /n’est pas une des images dont les cours sont faits ici/)
    assert.match(limits.text, /dépasse ce qu’un cours peut donner ici/)
    const asked = await ann.ask('POST', '', { name: 'Stats', definition: { image: 'stats:3', titel: 1 } })
    assert.match(asked.json().message, /^titel: is not a setting here; did you mean "title"\?$/)
  })

  it('count all notebooks that a deletion stops, and name the course to its learners, also by its earlier names', async () => {
    const apps = { image: 'stats:3', apps: { lab: {} } }
    assert.equal((await ann.ask('POST', '', { name: 'Stats', definition: apps })).status, 201)
    const learner = hub.browser()
    await learner.enter('/launch/stats?app=lab')
    await ann.ask('POST', '/stats/rename', { to: 'Stats-2' })
    await learner.enter('/launch/stats')
    const home = (await learner.navigate('/hub/home')).text
    assert.match(home, /<h2>Stats-2<\/h2>/)
    assert.doesNotMatch(home, /not on this site any more/)
    const question = (await ann.browser.navigate('/hub/my-courses/stats-2/delete')).text
    assert.match(question, /Its notebooks stop at once: 2 of learners/)
  })

  it('show each problem at its field, and lose nothing that was typed', async () => {
    const odd = { ...form, image: 'secret', memory: '9G', title: '<b>', more: '{ "rules": [{ "when": {} }] }' }
    const page = await ann.browser.submit('/hub/my-courses', odd)
    assert.equal(page.status, 400)
    assert.match(page.text, /id="image-problem">[^<]*is none of the images/)
    assert.match(page.text, /id="memory-problem">is more than courses may give here, which is 4G/)
    assert.match(page.text, /id="more-problem">rules: is for the operator to decide/)
    assert.match(page.text, /value="&#60;b&#62;"/)
    assert.match(
      (await ann.browser.submit('/hub/my-courses', { ...form, more: '{' })).text,
      /id="more-problem">[^<]*is not JSON/,
    )
    assert.match((await ann.browser.submit('/hub/my-courses', { ...form, name: 'lab' })).text, /id="name-problem">/)
  })

  it('say in which language pages lead to the course, and refuse one that pages do not speak', async () => {
    const asked = (await ann.browser.navigate('/hub/my-courses/new')).text
    const options = /<select id="language"[^>]*>(.*?)<\/select>/.exec(asked)?.[1]
    const [usual, english] = ['<option value="" selected>what each browser wants', '<option value="en">English']
    assert.equal(options, `${usual}</option>${english}</option><option value="fr">Français</option>`)
    assert.equal((await ann.browser.submit('/hub/my-courses', { ...form, language: 'fr' })).status, 303)
    assert.equal((await ann.ask('GET', '/stats')).json().definition.language, 'fr')
    const { text } = await ann.browser.navigate('/hub/my-courses/stats')
    assert.match(text, /<option value="fr" selected>Français/)
    assert.match((await hub.browser().navigate('/launch/stats')).text, /<html lang="fr">/)
    const { name: _, ...fields } = { ...form, staff: 'ann' }
    const odd = await ann.browser.submit('/hub/my-courses/stats', { ...fields, language: 'xx', version: '1' })
    assert.match(odd.text, /id="language-problem">/)
    const saved = await ann.browser.submit('/hub/my-courses/stats', { ...fields, language: '', version: '1' })
    assert.equal(saved.status, 303)
    assert.equal((await ann.ask('GET', '/stats')).json().definition.language, undefined)
  })

  it('leave what an admin has granted as it is, where a teacher changes something else', async () => {
    const limits = { memory: 8 * 2 ** 30 }
    const root = await hub.maker('root')
    const granted = { title: 'Big', image: 'stats:3', limits, hidden: false, staff: ['ann', 'root'] }
    assert.equal((await root.ask('POST', '', { name: 'big', definition: granted })).status, 201)
    const { staff, ...fields } = fieldsOf(granted)
    const sent = { ...fields, staff: String(staff).replace('\n', '\r\n'), title: 'Bigger', version: '1' }
    const saved = await ann.browser.submit('/hub/my-courses/big', sent)
    assert.equal(saved.status, 303, saved.text)
    assert.deepEqual((await ann.ask('GET', '/big')).json().definition, { ...granted, title: 'Bigger' })
    const more = await ann.browser.submit('/hub/my-courses/big', { ...sent, memory: '16G', version: '2' })
    assert.match(more.text, /id="memory-problem">is more than courses may give here/)
  })

  it('take the longest definition, and show one that is longer', async () => {
    const note = 'x'.repeat(200)
    const env = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`NOTE_${at}`, `{"ü": "${note}"}`]))
    const saved = await ann.browser.submit('/hub/my-courses', { ...form, more: JSON.stringify({ env }, null, 2) })
    assert.equal(saved.status, 303, saved.text)
    const { text } = await ann.browser.navigate('/hub/my-courses/stats')
    assert.match(text, /NOTE_49/)
    const longer = JSON.stringify({ env: { ...env, MORE: note.repeat(20) } })
    const { name: _, ...fields } = { ...form, more: longer, version: '1' }
    const refused = await ann.browser.submit('/hub/my-courses/stats', fields)
    assert.match(refused.text, /role="alert">Nothing was saved. is longer than 12000 bytes/)
    assert.match(refused.text, /MORE/)
  })

  it('save nothing over what another has changed meanwhile', async () => {
    await ann.browser.submit('/hub/my-courses', form)
    await ann.ask('PATCH', '/stats', { set: { contact: 'Bea' } })
    const { name: _, ...fields } = { ...form, staff: 'ann', version: '1' }
    const late = await ann.browser.submit('/hub/my-courses/stats', fields)
    assert.match(late.text, /was changed meanwhile by ann/)
    assert.equal((await ann.ask('GET', '/stats')).json().definition.contact, 'Bea')
  })

  it('are for makers and staff only, the same for every course and none', async () => {
    await ann.browser.submit('/hub/my-courses', form)
    const bea = await hub.maker('bea')
    const zoe = await hub.maker('zoe')
    const [of, none] = [
      await bea.browser.navigate('/hub/my-courses/stats'),
      await bea.browser.navigate('/hub/my-courses/none'),
    ]
    assert.deepEqual([of.status, none.status], [403, 403])
    assert.equal((await zoe.browser.navigate('/hub/my-courses')).status, 403)
    assert.equal((await zoe.browser.submit('/hub/my-courses', form)).status, 403)
    assert.equal((await bea.browser.submit('/hub/my-courses/stats/delete', { version: '1' })).status, 403)
    assert.doesNotMatch((await zoe.browser.navigate('/hub/home')).text, /hub\/my-courses/)
  })
})

describe('the fields of a course', () => {
  for (const definition of [
    { title: 'A', image: 'a', open: 'signed-in', hidden: true, limits: { memory: '2G', cpu: 0.5 } },
    {
      image: 'a',
      open: ['ann', 'group:b'],
      home: { path: '/home/x', size: '5G' },
      embed: { ancestors: ['https://a.b'] },
    },
    { image: '', tags: { old: { image: 'b' } }, staff: ['ann'], opens: '2027-01-01T00:00Z' },
    { image: 'a', open: [], strip: false },
    { image: 'a', strip: true, snapshots: false },
    { image: 'a', content: { git: 'https://git.example.org/a', trimMenus: false } },
  ])
    it(`say the definition again: ${JSON.stringify(definition)}`, () =>
      assert.deepEqual(definitionOfFields(fieldsOf(definition)), definition))

  for (const definition of [
    { image: 'a', limits: { memory: 2 ** 31, cpu: '0.50' }, open: 'everyone', hidden: false, home: {}, embed: {} },
    { image: 'a', limits: {}, open: [], staff: [], title: ' A ' },
  ])
    it(`leave what is not changed: ${JSON.stringify(definition)}`, () =>
      assert.deepEqual(definitionOfFields(fieldsOf(definition), definition), definition))

  it('say what was changed, and also what was taken out', () => {
    const before = { image: 'a', title: 'A', limits: { memory: 2 ** 31, cpu: 1 }, open: 'everyone' }
    const given = { ...fieldsOf(before), title: '', cpu: '2', open: 'names', names: '' }
    assert.deepEqual(definitionOfFields(given, before), { image: 'a', limits: { memory: 2 ** 31, cpu: 2 }, open: [] })
  })

  it('have the problems of their settings', () => {
    assert.equal(fieldOf(['limits', 'memory'], {}), 'memory')
    assert.equal(fieldOf(['open', 0], { open: 'names' }), 'names')
    assert.equal(fieldOf(['tags', 'a'], {}), 'more')
  })
})
