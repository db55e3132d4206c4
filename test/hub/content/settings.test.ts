import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../people.ts'
import { type ContentWorld, counting, notebook, openContentWorld, pullEnded } from './content-world.ts'

const text = `
tracks:
- id: mooc
  name: Lessons
  description: all of them
  sections:
  - name: Week 1
    notebooks: [w1/*, w9/missing]
static-mappings:
- { source: data, destination: shared/data }
builds: [{ id: book }]
`

onEachDatabase('what a commit says of its course', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let world: ContentWorld

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
  })

  async function start(content: Record<string, unknown> = {}) {
    const demo = { image: 'stats', content: { git: world.url, pullMinutes: false as const, ...content } }
    const config = { ...world.config, courses: { demo }, authenticators: visitorsAndPeople() }
    const hub = await startTestHub({ database: await makeDatabase(), config })
    cleanup.defer(() => hub.stop())
    await pullEnded(hub)
    return hub
  }

  const notebooks = { 'w1/b.ipynb': notebook('B'), 'w1/a.ipynb': notebook('A'), 'extra.ipynb': notebook('C') }

  it('counts with it: tracks, mappings, and where the course opens', async () => {
    await world.course.commit({ ...notebooks, '.nbhosting/nbhosting.yaml': text, 'carrel.yaml': 'title: From git\n' })
    const hub = await start()
    const { content } = await counting(hub.db)
    assert.deepEqual(content?.tracks, [
      {
        ...{ id: 'mooc', name: 'Lessons', description: 'all of them' },
        sections: [{ name: 'Week 1', notebooks: ['w1/a.ipynb', 'w1/b.ipynb'] }],
      },
    ])
    assert.deepEqual(content?.settings.staticMappings, [
      { link: 'data', to: 'shared/data', file: '.nbhosting/nbhosting.yaml' },
    ])
    assert.deepEqual(
      content?.problems.map(({ file, line, kind }) => [file, line, kind]),
      [
        ['.nbhosting/nbhosting.yaml', 11, 'note'],
        ['.nbhosting/nbhosting.yaml', undefined, 'problem'],
      ],
    )
    const ann = hub.browser()
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    assert.match((await ann.fetch('/hub/home')).text, /From git/)
    await ann.open('/launch/demo/w1/a.ipynb')
    const landings = await hub.db('launches').pluck('landing')
    assert.match(landings.join(), /\/notebooks\/w1\/a\.ipynb$/)
  })

  it('is told of notebooks in whose place a link of a mapping stands, which open for reading only', async () => {
    await world.course.commit({ 'index.ipynb': notebook('I'), 'data/explore.ipynb': notebook('E'), 'data/x.csv': '1' })
    const hub = await start()
    const { content } = await counting(hub.db)
    const told = content?.problems.map(({ file, message }) => [file, /for reading only.* the link data /.test(message)])
    assert.deepEqual(told, [['data/explore.ipynb', true]])
  })

  it('comes below what the course says over it, also when that changes alone', async () => {
    await world.course.commit({ ...notebooks, 'nbhosting/nbhosting.yaml': text })
    const over = { 'tracks-filter': ['mine'], tracks: [{ id: 'mine', sections: [{ notebooks: ['extra'] }] }] }
    const hub = await start({ nbhosting: over })
    const { content } = await counting(hub.db)
    assert.deepEqual(
      content?.tracks.map(({ id, sections }) => [id, sections[0]?.notebooks]),
      [['mine', ['extra.ipynb']]],
    )
  })

  it('is all notebooks by folder where it says nothing, and where its file cannot be read, which is told', async () => {
    await world.course.commit({
      ...notebooks,
      '.nbhosting/nbhosting.yaml': Buffer.from([0x66, 0xe9]),
      'carrel.yaml': 'limits: {}\n',
    })
    const hub = await start()
    const { content } = await counting(hub.db)
    assert.deepEqual(
      content?.tracks.map(({ id, sections }) => [id, sections.map(({ name }) => name)]),
      [['generic', ['.', 'w1']]],
    )
    const told = content?.problems.map(({ file, line, message }) => `${file}:${line} ${message}`) ?? []
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /^\.nbhosting\/nbhosting\.yaml:undefined is not read: it must be a file of text/)
    assert.match(told[1] ?? '', /^carrel\.yaml:1 `limits` is not for a repository to decide/)
  })
})
