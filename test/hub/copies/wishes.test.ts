import assert from 'node:assert/strict'
import { thinVersions } from '../../../hub/db/content/versions.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import type { FakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook } from '../content/content-world.ts'
import { formOf } from '../forms.ts'
import { type CopiesWorld, openCopiesWorld } from './copies-world.ts'

const path = 'week1/intro.ipynb'
const link = `/launch/demo/${path}`

onEachDatabase('a notebook that is to be replaced while its server does not run', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let copies: CopiesWorld
  let hub: TestHub
  let world: FakeServers
  let browser: HttpBrowser
  /** The number of the version `first`. */
  let first: number

  beforeEach(async () => {
    const courses = (demo: object) => ({ demo: { ...demo, tags: { next: { image: 'stats', open: 'everyone' } } } })
    const files = { [path]: notebook('Introduction'), 'week1/more.ipynb': notebook('More') }
    copies = await openCopiesWorld(cleanup, { database: await makeDatabase(), files, courses })
    ;({ hub, world, browser } = copies)
    await browser.enter(link)
    write(path, 'first')
    await press('/hub/choice?link=%2Flaunch%2Fdemo%2Fweek1%2Fintro.ipynb%3Fforcecopy%3Dx', 'Take the fresh copy')
    first = (await hub.db('versions').first('number')).number
    write(path, 'second')
    await copies.stopServer()
  })

  const read = (name = path) => copies.read(name)
  const write = (name: string, text: string) => copies.write(name, text)
  const isStopped = async () => (await hub.db('servers').first('state')).state === 'stopped'
  const versions = async () => (await browser.navigate('/hub/versions/demo')).text
  /** Presses a button of a page, and returns the page to which that leads. */
  async function press(page: string, button: string): Promise<string> {
    const { action, fields } = formOf((await browser.navigate(page)).text, button)
    const { status, headers, text } = await browser.submit(action, fields)
    assert.equal(status, 303, text)
    return (await browser.navigate(String(headers.location))).text
  }
  /** Presses a button of the list of versions: by default the one that puts the first of them back. */
  async function ask(button = `/${first}/restore`): Promise<string> {
    return press('/hub/versions/demo', button)
  }
  const writes = () => (world.behaviour.changes ?? []).filter(({ method }) => method === 'PUT').length
  /** Opens the notebook, and returns the answer about the way in. */
  async function open(as = browser, opened = link) {
    const launch = await as.open(opened)
    await as.follow(launch)
    return as.post(`/hub/launches/${launch}/ticket`)
  }
  const wishes = () => hub.db('wishes')
  /** Returns the same browser at another hub of the same database; at the same hub where a database can have only one. */
  async function atAnotherHub(): Promise<HttpBrowser> {
    if (hub.databaseUrl.startsWith('sqlite:')) return browser
    const { proxy, databaseUrl: database } = hub
    const other = await startTestHub({ world, proxy, database, config: copies.config as never })
    cleanup.defer(() => other.stop())
    const there = other.browser()
    for (const [name, value] of browser.jar) there.jar.set(name, value)
    return there
  }

  it('stays as it is, and its server stopped, until it is opened: then it is replaced, once, and a version is kept', async () => {
    const page = await ask()
    assert.match(page, /To be done/)
    assert.match(page, /is put back when you open your notebook next/)
    assert.equal(read(), 'second')
    assert.ok(await isStopped())
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'first')
    write(path, 'third')
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'third')
    assert.doesNotMatch(await versions(), /To be done/)
    assert.deepEqual(await hub.db('versions').orderBy('number').pluck('size'), ['first'.length, 'second'.length])
  })

  it('is replaced by any opening of its course, also of another notebook', async () => {
    await ask()
    assert.equal((await open(browser, '/launch/demo/week1/more.ipynb')).status, 200)
    assert.deepEqual([read(), read('week1/more.ipynb')], ['first', notebook('More')])
  })

  it('is replaced by an opening of another variant only where both have the same home', async () => {
    await ask()
    const variant = '/launch/demo/week1/more.ipynb?tag=next'
    assert.equal((await open(browser, variant)).status, 200)
    assert.deepEqual([read(), (await wishes()).length], ['second', 1])
    const page = await browser.navigate('/hub/versions/demo--next')
    assert.match(page.text, /when you open your notebook in demo next/)
    assert.equal(formOf(page.text, 'Open it now').fields.link, link)
    const launch = await browser.open(variant)
    await browser.follow(launch)
    await hub.db('servers').where({ course: 'demo--next' }).update({ home: 'shared' })
    assert.equal((await browser.post(`/hub/launches/${launch}/ticket`)).status, 200)
    assert.deepEqual([read(), (await wishes()).length], ['first', 0])
  })

  it('is replaced in each variant that has files of its own as was asked there', async () => {
    await ask()
    await press('/hub/versions/demo--next', 'Take the course’s notebook')
    assert.deepEqual(
      (await wishes().orderBy('slug')).map(({ slug, version }) => [slug, version]),
      [
        ['demo', first],
        ['demo--next', null],
      ],
    )
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'first')
    assert.deepEqual(await wishes().pluck('slug'), ['demo--next'])
    await press('/hub/versions/demo', 'Do not')
    assert.equal((await wishes()).length, 0)
  })

  it('is not replaced where a user has asked for very many, but is where it is one of these', async () => {
    const { account } = await hub.db('versions').first('account')
    const many = Array.from({ length: 100 }, (_, at) => ({ path: `${at}.ipynb`, asked: at }))
    await wishes().insert(many.map((one) => ({ account, course: 'demo', slug: 'demo', ...one })))
    const restore = async () => browser.submit(`/hub/versions/demo/${first}/restore`)
    const refused = await restore()
    assert.deepEqual([refused.status, /There are 100 notebooks already/.test(refused.text)], [429, true])
    assert.equal((await wishes().where({ path })).length, 0)
    await wishes().where({ path: '0.ipynb' }).update({ path })
    assert.equal((await restore()).status, 303)
    assert.deepEqual(await wishes().where({ path }).pluck('version'), [first])
  })

  it('is not replaced by a script that asks again and again', async () => {
    const answers: number[] = []
    for (let asked = 0; asked < 30; asked += 1)
      answers.push((await browser.submit(`/hub/versions/demo/${first}/restore`)).status)
    assert.deepEqual([answers[0], answers.includes(429)], [303, true])
    assert.equal((await wishes()).length, 1)
  })

  it('is replaced at once where its server runs', async () => {
    await open()
    await ask()
    assert.equal(read(), 'first')
    assert.equal((await wishes()).length, 0)
  })

  it('is replaced by the course’s own, in the form in which the course has it at the opening', async () => {
    assert.match(await ask('Take the course’s notebook'), /the course’s own notebook takes its place/)
    await copies.push({ [path]: notebook('Introduction, again') })
    assert.equal((await open()).status, 200)
    assert.equal(read(), notebook('Introduction, again'))
    const commits = await hub.db('copies').where({ path }).pluck('commit')
    assert.deepEqual(commits, await hub.db('brought').pluck('commit'))
  })

  it('is replaced as was asked last, and not at all when that is taken back', async () => {
    await ask('Take the course’s notebook')
    await ask()
    assert.equal((await wishes()).length, 1)
    await ask('Do not')
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'second')
  })

  it('comes back where its files are gone, as a copy that is the learner’s own', async () => {
    Object.assign(world.behaviour, { files: {}, bytes: {} })
    await hub.db('copies').delete()
    await ask()
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'first')
    assert.deepEqual(copies.names(), ['week1', path])
    const made = await hub.db('copies').select('path', 'digest')
    assert.deepEqual(made, await hub.db('notebooks').where({ path }).select('path', 'digest'))
  })

  it('is replaced once when three tabs open it at once, at two hubs where there are two, and none of them goes in before', async () => {
    await ask()
    const before = writes()
    const other = await atAnotherHub()
    const answers = await Promise.all(
      [browser, other, browser].map(async (tab) => {
        const answer = await open(tab)
        return [answer.status, read()]
      }),
    )
    assert.deepEqual(answers, [
      [200, 'first'],
      [200, 'first'],
      [200, 'first'],
    ])
    assert.equal(writes() - before, 1)
  })

  it('is replaced by the hub that opens it when another one has died that had begun to', async () => {
    await ask()
    await wishes().update({ hub: 'dead', claim: 'dead', begun: Date.now() })
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'first')
    assert.equal((await wishes()).length, 0)
  })

  it('waits for the hub that replaces it, which lives', async () => {
    const launch = await browser.open(link)
    await browser.follow(launch)
    const [{ id }] = await hub.db('hubs')
    const { account } = await hub.db('versions').first('account')
    const wish = { account, course: 'demo', path, slug: 'demo', version: first, asked: 1 }
    await wishes().insert({ ...wish, hub: id, claim: 'other', begun: Date.now() })
    let isIn = false
    const answer = browser.post(`/hub/launches/${launch}/ticket`).then((ticket) => {
      isIn = true
      return ticket
    })
    // Other requests are answered meanwhile.
    assert.match(await versions(), /To be done/)
    assert.equal(isIn, false)
    await wishes().delete()
    assert.equal((await answer).status, 200)
    assert.equal(read(), 'second')
  })

  it('stays as it was when its server does not take the other one; that is told, and it opens the next time', async () => {
    await ask()
    world.behaviour.beforeChange = ({ address }) => (address.includes('intro') ? 507 : undefined)
    await browser.follow(await browser.open(link))
    // This click finds the server ready, and would have the way in at once if there were no wish.
    const begun = await browser.post('/hub/launches', { link })
    assert.deepEqual([begun.status, begun.json().entrance], [201, undefined])
    const refused = await browser.post(`/hub/launches/${begun.json().launch}/ticket`)
    assert.deepEqual([refused.status, refused.json().error], [409, 'wish_failed'])
    assert.match(
      refused.json().message,
      /"week1\/intro.ipynb" has not got its earlier version back\. .*disk may be full/,
    )
    assert.equal(read(), 'second')
    assert.equal((await open()).status, 200)
    delete world.behaviour.beforeChange
    assert.match(await versions(), /stayed as it was\. .*disk may be full/)
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'second')
    await ask()
    assert.equal(read(), 'first')
    assert.doesNotMatch(await versions(), /stayed as it was/)
  })

  it('is told in the reader’s language when it stays as it was, and kept in English', async () => {
    const french = { 'accept-language': 'fr' }
    const full = ({ address }: { address: string }) => (address.includes('intro') ? 507 : undefined)
    const why = 'Votre serveur n’a pas pris l’autre notebook'
    for (const [wish, says] of [
      [undefined, `«\u00a0week1/intro.ipynb\u00a0» n’a pas retrouvé sa version précédente. ${why}`],
      ['Take the course’s notebook', `«\u00a0week1/intro.ipynb\u00a0» n’est pas remplacé par celui du cours. ${why}`],
    ] as const) {
      await ask(wish)
      world.behaviour.beforeChange = full
      await browser.follow(await browser.open(link))
      const begun = await browser.post('/hub/launches', { link })
      const refused = await browser.post(`/hub/launches/${begun.json().launch}/ticket`, {}, french)
      assert.equal(refused.json().message.slice(0, says.length), says)
      assert.match((await wishes().first()).problem, /^Your notebook server did not take the other notebook/)
      delete world.behaviour.beforeChange
      await copies.stopServer()
    }
  })

  it('is replaced when what was just being saved there is done, once, and by the opening that waits for it', async () => {
    await ask()
    const before = (await hub.db('versions')).length
    hub.proxy.refusesPauses = 'busy'
    let refused = 0
    world.behaviour.beforeChange = ({ method }) => {
      // What is laid beside a notebook that is not replaced goes.
      if (method === 'DELETE' && ++refused === 3) hub.proxy.refusesPauses = undefined
      return undefined
    }
    assert.equal((await open()).status, 200)
    assert.deepEqual([read(), (await wishes()).length, refused >= 3], ['first', 0, true])
    assert.equal((await hub.db('versions')).length, before + 1)
  })

  it('stays where another file comes to an empty place in that moment, and the wish is not over', async () => {
    Object.assign(world.behaviour, { files: {}, bytes: {} })
    await ask()
    world.behaviour.beforeChange = ({ method }) => {
      if (method !== 'PATCH') return undefined
      Object.assign(world.behaviour.files ?? {}, { [path]: 'notebook' })
      Object.assign(world.behaviour.bytes ?? {}, { [path]: Buffer.from('third').toString('base64') })
      return undefined
    }
    assert.equal((await open()).json().error, 'wish_failed')
    assert.equal(read(), 'third')
    assert.equal((await wishes()).length, 1)
  })

  it('is not replaced by what the course does not have any more', async () => {
    await ask('Take the course’s notebook')
    await hub.db('notebooks').where({ path }).delete()
    const refused = await open()
    assert.match(refused.json().message, /The course has no notebook of this name any more/)
    assert.match(await ask('Remove this note'), /Earlier versions/)
    assert.equal((await wishes()).length, 0)
  })

  it('is wanted no more when its version is deleted, and the version stays as long as it is wanted', async () => {
    await ask()
    const far = Date.now() - 300 * 86_400_000
    await hub.db('versions').update({ at: far })
    const [{ number: _, ...row }] = await hub.db('versions')
    await hub.db('versions').insert({ ...row, number: first - 1 })
    await thinVersions(hub.db)
    assert.deepEqual(await hub.db('versions').orderBy('number').pluck('number'), [first - 1, first])
    await browser.submit(`/hub/versions/demo/${first}/delete`)
    assert.equal((await wishes()).length, 0)
    assert.equal((await open()).status, 200)
    assert.equal(read(), 'second')
  })

  it('is wanted no more when its user is removed', async () => {
    await ask()
    await hub.db('users').update({ state: 'deleting' })
    await until(async () => (await hub.db('users')).length === 0)
    assert.equal((await wishes()).length, 0)
  })
})
