import assert from 'node:assert/strict'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import type { FakeFiles } from '../../helpers/fake-contents.ts'
import { createFakeServers, type FakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import {
  type Answer,
  countRows,
  type HttpBrowser,
  lmsUrl,
  type OpenOptions,
  redeem,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const files: FakeFiles = {
  'welcome.ipynb': 'notebook',
  'notes.md': 'file',
  'picture.png': 'file',
  'week 1': 'directory',
  'week 1/intro.ipynb': 'notebook',
  'week 1/text.md': 'file',
  'week 1/tool.py': 'file',
  'week 1/tool.ipynb': 'notebook',
}
/** The same files where the image has Jupytext, for which texts are notebooks too. */
const withJupytext: FakeFiles = {
  ...files,
  'notes.md': 'notebook',
  'week 1/text.md': 'notebook',
  'week 1/tool.py': 'notebook',
}

describe('the file of a link', () => {
  let world: FakeServers
  let hub: TestHub
  let browser: HttpBrowser
  /** Another browser, for learners. */
  let learners: HttpBrowser
  beforeEach(async () => {
    world = createFakeServers({ files })
    hub = await startTestHub({ world })
    browser = hub.browser()
    learners = hub.browser()
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  const ask = async (link: string, how?: OpenOptions): Promise<Answer> => {
    const at = how === undefined ? browser : learners
    const launch = await at.open(link, how)
    await at.follow(launch)
    return at.post(`/hub/launches/${launch}/ticket`)
  }
  /** Returns where in the server the link ends, with `lab` for a workspace of JupyterLab. */
  const landingOf = async (link: string, how?: OpenOptions): Promise<string> => {
    const answer = await ask(link, how)
    assert.equal(answer.status, 200, answer.text)
    const { to } = (await redeem(hub, answer.json().ticket)).json()
    return to
      .split('/')
      .slice(4)
      .join('/')
      .replace(/^lab\/workspaces\/\w+/, 'lab')
  }
  const fromLms = { framed: true, referer: `${lmsUrl}/` }
  const exercise = (name: string) => `/ipythonExercice/Python/${name}/ann`

  it('opens as it is named, also where it is no notebook', async () => {
    for (const [link, landing] of [
      ['/launch/demo/week%201/intro.ipynb', 'lab/tree/week%201/intro.ipynb'],
      ['/launch/demo/picture.png', 'lab/tree/picture.png'],
      ['/launch/demo/week%201', 'lab/tree/week%201'],
      ['/launch/demo', 'lab/tree/welcome.ipynb'],
      ['/launch/third/week%201/intro.ipynb', 'notebooks/week%201/intro.ipynb'],
      ['/launch/third/notes.md', 'edit/notes.md'],
      ['/launch/third/week%201', 'tree/week%201'],
      ['/launch/third', 'tree'],
    ] as const)
      assert.equal(await landingOf(link), landing, link)
  })

  it('is found by the name that an LMS gives it, whatever its ending', async () => {
    for (const [name, landing] of [
      ['week%201/intro', 'lab/tree/week%201/intro.ipynb'],
      ['week%201/intro.ipynb', 'lab/tree/week%201/intro.ipynb'],
      ['week%201/intro.ipynb.ipynb', 'lab/tree/week%201/intro.ipynb'],
      ['week%201/text.md', 'lab/tree/week%201/text.md'],
      ['week%201/text.ipynb', 'lab/tree/week%201/text.md'],
      // A program beside a notebook is not the notebook.
      ['week%201/tool.ipynb', 'lab/tree/week%201/tool.ipynb'],
      ['week%201/tool', 'lab/tree/week%201/tool.ipynb'],
    ] as const)
      assert.equal(await landingOf(exercise(name), fromLms), landing, name)
  })

  it('is found without its ending, or with that of a notebook, by all other links too', async () => {
    for (const [link, landing] of [
      ['/launch/demo/week%201/intro', 'lab/tree/week%201/intro.ipynb'],
      ['/launch/demo/notes.ipynb', 'lab/tree/notes.md'],
      ['/tmplogin?course=third&notebook=notes', 'edit/notes.md'],
      ['/launch/third/welcome.ipynb.ipynb', 'notebooks/welcome.ipynb'],
    ] as const)
      assert.equal(await landingOf(link), landing, link)
  })

  it('opens as a notebook where the server takes it for one', async () => {
    world.behaviour.files = withJupytext
    assert.equal(await landingOf('/launch/third/notes.md'), 'notebooks/notes.md?factory=Notebook')
    // JupyterLab opens texts as texts, and no address changes that.
    assert.equal(await landingOf('/launch/demo/notes.md'), 'lab/tree/notes.md')
    world.behaviour.hasNotebook = true
    assert.equal(await landingOf('/launch/demo/notes.md'), 'notebooks/notes.md?factory=Notebook')
    assert.equal(await landingOf('/launch/demo/welcome.ipynb'), 'lab/tree/welcome.ipynb')
    assert.equal(
      await landingOf(exercise('week%201/tool.ipynb'), fromLms),
      'notebooks/week%201/tool.py?factory=Notebook',
      'as nbhosting does where both are there',
    )
  })

  it('is asked for once more when the page comes back, and may be there by then', async () => {
    const launch = await browser.open('/launch/demo/new.ipynb')
    await browser.follow(launch)
    assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 404)
    world.behaviour.files = { ...files, 'new.ipynb': 'notebook' }
    assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
  })

  describe('that is not there', () => {
    it('gets an answer in plain words, with near names and the way to all files', async () => {
      const answer = await ask('/launch/demo/week%201/intor.ipynb')
      const { error, message, links } = answer.json()
      assert.deepEqual([answer.status, error], [404, 'notebook_missing'])
      assert.match(
        message,
        /^There is no "week 1\/intor\.ipynb" among the files of demo\. If a link .* tell your teacher\. Did you mean one of these\?$/,
      )
      assert.deepEqual(
        links.map(({ text }: { text: string }) => text),
        ['week 1/intro.ipynb', 'Show the files of the course', 'Make a new notebook of that name'],
      )
      const [near, all] = links.map(({ href }: { href: string }) => decodeURIComponent(href))
      assert.match(
        near,
        /^\/hub\/open\?to=\/user\/[\w-]{36}\/demo\/lab\/workspaces\/\w+\/tree\/week%201\/intro\.ipynb$/,
      )
      assert.match(all, /^\/hub\/open\?to=\/user\/[\w-]{36}\/demo\/lab\/workspaces\/\w+\/tree\/week%201$/)
      for (const { href } of links.slice(0, 2)) assert.equal((await browser.navigate(href)).status, 200)
      assert.match(hub.log.join(''), /a link names a file that is not there/)
    })

    it('gets a page for a navigation with a session', async () => {
      await browser.enter('/launch/demo')
      const page = await browser.navigate('/launch/demo/nothing-like-it.ipynb')
      assert.equal(page.status, 404)
      assert.match(page.text, /<h1>This notebook is not there<\/h1>/)
      assert.match(page.text, /There is no &#34;nothing-like-it\.ipynb&#34;/)
      assert.doesNotMatch(page.text, /Did you mean|name="ticket"/)
      assert.match(page.text, />Show the files of the course<\/a>/)
    })

    it('gets links that stay in the frame, which a tab of its own knows nothing of', async () => {
      await browser.enter(exercise('week%201/intro'), fromLms)
      const framed = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/` }
      const page = await browser.navigate(exercise('nothing-like-it'), framed)
      assert.equal(page.status, 404)
      assert.match(String(page.headers['content-security-policy']), new RegExp(`frame-ancestors ${lmsUrl}`))
      assert.doesNotMatch(page.text, /target="_blank"/)
    })

    it('is named as the link names it, and looked for in the nearest folder that is there', async () => {
      const answer = await ask('/launch/demo/weak%201/x/a.ipynb')
      assert.match(answer.json().message, /"weak 1\/x\/a\.ipynb"/)
      assert.equal(answer.json().links[0].text, 'week 1')
      const learner = await ask(exercise('week%201/intor'), fromLms)
      assert.match(learner.json().message, /"week 1\/intor\.ipynb"/)
    })

    it('is missing also for an address inside the server', async () => {
      await browser.enter('/launch/demo')
      const { path } = await hub.db('servers').first()
      for (const inside of ['lab/tree/nothing-like-it.ipynb', 'notebooks/nothing-like-it.ipynb'])
        assert.equal((await browser.navigate(`${path}${inside}`)).status, 404, inside)
      for (const inside of ['lab/tree/welcome.ipynb', 'lab', 'lab/tree/RTC:x.ipynb'])
        assert.equal((await browser.navigate(`${path}${inside}`)).status, 200, inside)
    })
  })

  describe('at a server that does not tell', () => {
    for (const [what, behaviour] of [
      ['because it has no files for the hub', {}],
      ['because it answers nothing any more', { isMute: true }],
    ] as const) {
      it(`opens as before, ${what}`, async () => {
        const launch = await browser.open(exercise('week%201/intor'), fromLms)
        await browser.follow(launch)
        world.behaviour.files = undefined
        Object.assign(world.behaviour, behaviour)
        const answer = await browser.post(`/hub/launches/${launch}/ticket`)
        const { to } = (await redeem(hub, answer.json().ticket)).json()
        assert.match(to, /\/tree\/week%201\/intor\.ipynb$/)
      })
    }
  })

  it('is missing before the server starts, where the spawner knows its files', async () => {
    const plugin = quickSpawner(world)
    const names: Record<string, string[]> = { '': ['welcome.ipynb', 'notes.md', 'week 1'], 'week 1': ['intro.ipynb'] }
    const spawner: SpawnerPlugin = {
      ...plugin,
      open: async (context) => ({
        ...(await plugin.open(context)),
        filesAtStart: async (_start, folder) => names[folder],
      }),
    }
    const knowing = await startTestHub({ world, config: { spawner } })
    try {
      const visitor = knowing.browser()
      visitor.setNonce()
      const answer = await visitor.post('/hub/launches', { link: '/launch/demo/week%201/intor.ipynb' })
      assert.deepEqual([answer.status, answer.json().error], [404, 'notebook_missing'])
      assert.deepEqual(answer.json().links[0], {
        href: '/launch/demo/week%201/intro.ipynb',
        text: 'week 1/intro.ipynb',
        here: true,
      })
      assert.equal((await visitor.navigate(answer.json().links[1].href)).status, 200)
      for (const link of ['/launch/third/notes.ipynb', '/launch/fourth/welcome', '/launch/demo/new/a.ipynb'])
        assert.equal((await visitor.post('/hub/launches', { link })).status, 201, link)
      assert.deepEqual(await countRows(knowing.db, 'users'), { users: 1 })
    } finally {
      await knowing.stop()
    }
  })

  it("is looked for in the learner's home, where the course has homes", async () => {
    const plugin = quickSpawner(world)
    const asked: (string | undefined)[] = []
    const spawner: SpawnerPlugin = {
      ...plugin,
      open: async (context) => ({
        ...(await plugin.open(context)),
        async filesAtStart({ image, home }) {
          asked.push(image, home?.id)
          return home === undefined ? ['welcome.ipynb'] : ['welcome.ipynb', 'mine.ipynb']
        },
      }),
    }
    const courses = { demo: { image: 'demo', home: { path: '/home/jovyan/work' } } }
    const knowing = await startTestHub({ world, config: { spawner, courses } })
    try {
      const visitor = knowing.browser()
      visitor.setNonce()
      const ask = async () => (await visitor.post('/hub/launches', { link: '/launch/demo/mine.ipynb' })).status
      assert.equal(await ask(), 404)
      assert.deepEqual(asked.splice(0), ['', undefined])
      await visitor.enter('/launch/demo')
      const { id } = await knowing.db('servers').first()
      await visitor.submit(`/hub/servers/${id}/stop`)
      await until(async () => (await knowing.db('servers').first()).state === 'stopped')
      assert.equal(await ask(), 201)
      assert.deepEqual(asked, ['', (await knowing.db('homes').first()).id])
    } finally {
      await knowing.stop()
    }
  })

  it('that the course has got since the server started comes with a restart, which the owner is offered', async () => {
    const plugin = quickSpawner(world)
    const spawner: SpawnerPlugin = {
      ...plugin,
      open: async (context) => ({
        ...(await plugin.open(context)),
        filesAtStart: async (_start, folder) =>
          folder === '' ? ['welcome.ipynb', 'new.ipynb', '.secret.ipynb'] : undefined,
      }),
    }
    const knowing = await startTestHub({ world, config: { spawner } })
    try {
      const visitor = knowing.browser()
      await visitor.enter('/launch/demo')
      for (const name of ['new.ipynb', 'new']) {
        const page = await visitor.navigate(`/launch/demo/${name}`)
        assert.equal(page.status, 404)
        assert.ok(
          page.text.includes(`&#34;${name}&#34; came to the files of demo after your notebook was started.`),
          page.text,
        )
        const [, restart = ''] = /href="([^"]+)"[^>]*>Restart my notebook</.exec(page.text) ?? []
        assert.match(
          decodeURIComponent(restart),
          /^\/hub\/restart\?to=\/user\/[\w-]{36}\/demo\/lab\/.*tree\/new\.ipynb$/,
        )
        assert.match((await visitor.navigate(restart)).text, /A restart ends all programs/)
      }
      assert.match((await visitor.navigate('/launch/demo/.secret.ipynb')).text, /There is no &#34;\.secret/)
    } finally {
      await knowing.stop()
    }
  })
})
