import assert from 'node:assert/strict'
import { notebookToMake } from '../../../hub/launch/files.ts'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import type { ContentsChange, FakeFiles } from '../../helpers/fake-contents.ts'
import { createFakeServers, type FakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, lmsUrl, redeem, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const files: FakeFiles = { 'welcome.ipynb': 'notebook', 'notes.md': 'file', 'week 1': 'directory' }
const spec = (display_name: string, language: string) => ({ spec: { display_name, language, argv: ['x'] } })
const kernelspecs = {
  default: 'python3',
  kernelspecs: { python3: spec('Python 3', 'python'), ir: spec('R', 'R'), odd: { spec: {} } },
}

describe('a button for a notebook that is not there', () => {
  let world: FakeServers
  let hub: TestHub
  let browser: HttpBrowser
  beforeEach(async () => {
    world = createFakeServers({ files: { ...files }, changes: [], kernelspecs })
    hub = await startTestHub({ world })
    browser = hub.browser()
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  /** Returns the button's link on the page about the missing file. */
  const offeredAt = async (link: string): Promise<string | undefined> => {
    const page = await browser.navigate(link)
    assert.equal(page.status, 404, page.text)
    return /name="link" value="([^"]+)"><input[^>]*><input[^>]*name="make" value="true"><button/.exec(page.text)?.[1]
  }
  /** Presses the button as the page's script does. Returns where the browser goes in the server, or the refusal. */
  const press = async (link: string): Promise<string> => {
    const begun = await browser.post('/hub/launches', { link, make: true })
    assert.equal(begun.status, 201, begun.text)
    await browser.follow(begun.json().launch)
    const answer = await browser.post(`/hub/launches/${begun.json().launch}/ticket`)
    if (answer.status !== 200) return answer.json().error
    return (await redeem(hub, answer.json().ticket)).json().to.split('/').slice(4).join('/')
  }
  const changes = () => (world.behaviour.changes ?? []).map(({ method, address }) => `${method} ${address}`)
  const written = () => {
    const [change] = (world.behaviour.changes ?? []).filter(({ body }) => body.includes('"notebook"'))
    return JSON.parse(change?.body ?? '{}').content
  }

  it('makes an empty one of that name, and opens it', async () => {
    await browser.enter('/launch/demo')
    const link = await offeredAt('/launch/demo/week%201/intro.ipynb')
    assert.match(await press(link ?? ''), /^lab\/workspaces\/\w+\/tree\/week%201\/intro\.ipynb$/)
    assert.deepEqual(world.behaviour.files, { ...files, 'week 1/intro.ipynb': 'notebook' })
    assert.match(
      changes().join(),
      /^PUT api\/contents\/week%201\/intro-\w{8}\.ipynb,PATCH api\/contents\/week%201\/intro-/,
    )
    assert.deepEqual(written().cells, [])
  })

  it('is on a page that works without script, and posts its form', async () => {
    await browser.enter('/launch/third')
    const link = (await offeredAt('/launch/third/new')) ?? ''
    const begun = await browser.submit('/hub/launches', { link, framed: 'false', make: 'true' })
    assert.equal(begun.status, 303)
    const page = await browser.navigate(String(begun.headers.location))
    const [, ticket = ''] = /name="ticket" value="([^"]+)"/.exec(page.text) ?? []
    assert.match((await redeem(hub, ticket)).json().to, /\/third\/notebooks\/new\.ipynb$/)
    assert.deepEqual(world.behaviour.files, { ...files, 'new.ipynb': 'notebook' })
  })

  it('is in the answer to a script, for a learner in a frame too', async () => {
    const framed = { framed: true, referer: `${lmsUrl}/` }
    const launch = await browser.open('/ipythonExercice/Python/week%202/exercise/ann', framed)
    await browser.follow(launch)
    const { links } = (await browser.post(`/hub/launches/${launch}/ticket`)).json()
    const { href, ...rest } = links.at(-1)
    assert.deepEqual(rest, { text: 'Make a new notebook of that name', here: true, make: true })
    assert.match(await press(href), /\/tree\/week%202\/exercise\.ipynb$/)
    assert.deepEqual(changes()[0], 'PUT api/contents/week%202', 'the folder comes first')
  })

  it('also starts the server where none runs, and makes the notebook when it is up', async () => {
    const plugin = quickSpawner(world)
    const spawner: SpawnerPlugin = {
      ...plugin,
      open: async (context) => ({
        ...(await plugin.open(context)),
        filesAtStart: async (_start, folder) => (folder === '' ? Object.keys(files) : undefined),
      }),
    }
    const knowing = await startTestHub({ world, config: { spawner } })
    try {
      const visitor = knowing.browser()
      visitor.setNonce()
      const refused = await visitor.post('/hub/launches', { link: '/launch/demo/new.ipynb' })
      const { href } = refused.json().links.at(-1)
      assert.equal(href, '/launch/demo/new.ipynb')
      assert.deepEqual([refused.status, world.objects.size], [404, 0])
      const begun = await visitor.post('/hub/launches', { link: href, make: true })
      await visitor.follow(begun.json().launch)
      assert.deepEqual(changes(), [], 'nothing is made before the learner goes there')
      const page = await visitor.navigate(`/hub/launches/${begun.json().launch}`)
      assert.match(page.text, /name="ticket"/)
      assert.deepEqual(world.behaviour.files, { ...files, 'new.ipynb': 'notebook' })
    } finally {
      await knowing.stop()
    }
  })

  describe('gives it the kernel', () => {
    beforeEach(() => browser.enter('/launch/third'))
    const kernelOf = async (behaviour: Partial<FakeServers['behaviour']>) => {
      Object.assign(world.behaviour, { changes: [], ...behaviour })
      await press((await offeredAt(`/launch/third/${crypto.randomUUID()}.ipynb`)) ?? '')
      return written().metadata
    }

    it('of the notebooks beside it, else the one that the server would choose', async () => {
      assert.deepEqual(await kernelOf({ kernel: 'ir' }), {
        kernelspec: { name: 'ir', display_name: 'R', language: 'R' },
      })
      const python = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } }
      for (const kernel of ['gone', 'odd', '__proto__', 'toString'])
        assert.deepEqual(await kernelOf({ kernel }), python)
    })

    it('of nothing where the server tells of none', async () => {
      for (const told of [undefined, {}, { default: 'x', kernelspecs: {} }, 'text'])
        assert.deepEqual(await kernelOf({ kernelspecs: told }), {})
    })
  })

  it('says so in plain words when the server does not make it', async () => {
    await browser.enter('/launch/demo')
    const link = (await offeredAt('/launch/demo/new.ipynb')) ?? ''
    for (const status of [400, 403, 500, 507]) {
      world.behaviour.beforeChange = () => status
      assert.equal(await press(link), 'notebook_not_made')
    }
    world.behaviour.beforeChange = ({ method }: ContentsChange) => (method === 'PATCH' ? 500 : undefined)
    assert.equal(await press(link), 'notebook_not_made')
    assert.deepEqual(world.behaviour.files, files, 'and leaves nothing behind')
  })

  it('is offered for notebooks only', async () => {
    await browser.enter('/launch/demo')
    for (const name of ['data.csv', 'notes2.md', '.hidden.ipynb', 'tool.py'])
      assert.equal(await offeredAt(`/launch/demo/${name}`), undefined, name)
    assert.match((await offeredAt('/launch/demo/week2')) ?? '', /tree%2Fweek2\.ipynb$/)
  })
})

describe('the notebook that a link may make', () => {
  const cases: [asked: string, path: string | undefined][] = [
    ['a.ipynb', 'a.ipynb'],
    ['week 1/été', 'week 1/été.ipynb'],
    ['a/b/c.ipynb', 'a/b/c.ipynb'],
    ['a.md', undefined],
    ['a.ipynb.txt', undefined],
    ['.a.ipynb', undefined],
    ['.git/hooks/a.ipynb', undefined],
    ['../a.ipynb', undefined],
    ['a/../../b.ipynb', undefined],
    ['a/./b.ipynb', undefined],
    ['a//b.ipynb', undefined],
    ['/a.ipynb', undefined],
    ['a\\b.ipynb', undefined],
    ['a\u0000.ipynb', undefined],
    ['a\n.ipynb', undefined],
    ['a\u202egpj.ipynb', undefined],
    ['RTC:a.ipynb', undefined],
    ['', undefined],
    [`${'x'.repeat(210)}.ipynb`, undefined],
    [`${'é'.repeat(110)}.ipynb`, undefined],
    [`${'a/'.repeat(11)}b.ipynb`, undefined],
  ]
  for (const [asked, path] of cases) {
    it(`is ${path} for ${JSON.stringify(asked)}`, () => assert.equal(notebookToMake(asked), path))
  }
})
