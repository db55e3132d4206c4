import assert from 'node:assert/strict'
import { type HttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { formOf } from '../../forms.ts'
import { visitorsAndPeople } from '../../people.ts'

describe('the pages of admins', () => {
  let hub: TestHub
  let root: HttpBrowser

  const signIn = async (username: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    return browser
  }
  const serverOf = async (name: string, course: string) =>
    hub.db('servers').join('users', 'users.id', 'servers.user').where({ 'users.name': name, course }).first('servers.*')
  const idOf = async (name: string): Promise<string> => (await hub.db('users').where({ name }).first('id')).id
  /** Returns the rows of a page's table, as texts. */
  const rowsOf = async (path: string, browser = root) => {
    const { text } = await browser.navigate(path)
    const [, body = ''] = /<tbody role="rowgroup">(.*?)<\/tbody>/s.exec(text) ?? []
    return body
      .split('</tr>')
      .slice(0, -1)
      .map((row) =>
        row
          .replace(/<time.*?<\/time>/gs, '')
          .replace(/<[^>]*>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
      )
  }

  before(async () => {
    hub = await startTestHub({
      config: {
        authenticators: visitorsAndPeople(),
        admins: ['root'],
        groups: { tutors: ['grace'] },
        courses: {
          demo: { image: 'demo', title: 'A first notebook', staff: ['group:tutors'] },
          stats: { image: 'stats', title: 'Statistics' },
        },
        servers: { url: 'http://*.nb.test' },
      },
    })
    for (const [name, course] of [
      ['ann', 'demo'],
      ['bob', 'demo'],
      ['bob', 'stats'],
      ['carl', 'stats'],
    ] as const)
      await (await signIn(name)).enter(`/launch/${course}`)
    const { id } = await serverOf('carl', 'stats')
    await hub.db('servers').where({ id }).update({ state: 'failed', failure: 'No <room>.', failure_detail: 'pod 7' })
    root = await signIn('root')
    await signIn('grace')
  })
  after(() => hub?.stop())

  describe('with the notebooks of all courses', () => {
    const path = '/hub/admin/servers'

    it('show what went wrong first, with why, and then what runs', async () => {
      const rows = await rowsOf(path)
      assert.match(
        rows[0] ?? '',
        /^carl Statistics .*stopped after a problem No &#60;room&#62;\. Reference: \w+-1 Details pod 7$/,
      )
      assert.deepEqual(
        rows
          .slice(1)
          .map((row) => row.split(' running')[0]?.trim())
          .sort(),
        ['ann A first notebook', 'bob A first notebook', 'bob Statistics'],
      )
    })

    it('find them by owner, course and state, in an order of choice', async () => {
      const names = async (query: string) => (await rowsOf(`${path}?${query}`)).map((row) => row.split(' ')[0])
      assert.deepEqual(await names('q=BO'), ['bob', 'bob'])
      assert.deepEqual(await names('course=first&sort=-name'), ['bob', 'ann'])
      assert.deepEqual(await names('course=stats&sort=name'), ['bob', 'carl'])
      assert.deepEqual(await names('state=failed'), ['carl'])
      assert.deepEqual(await names('state=running&sort=course').then((all) => all.length), 3)
      for (const sort of ['state', 'name', 'course', 'queued', 'active'])
        assert.equal((await names(`sort=-${sort}`)).length, 4, sort)
      for (const q of ['%25', '_', 'zoe'])
        assert.match((await root.navigate(`${path}?q=${q}`)).text, /No notebook of this list is like that/)
    })

    it('stop several at once, after a question that names them', async () => {
      const [ann, bob] = [await serverOf('ann', 'demo'), await serverOf('bob', 'demo')]
      const nothing = await root.navigate(`${path}/stop?course=demo`)
      assert.match(decodeURI(String(nothing.headers.location)), /^\/hub\/admin\/servers\?course=demo&notice=/)
      const { text } = await root.navigate(`${path}/stop?course=demo&chosen=${ann.id}&chosen=${bob.id}`)
      assert.match(text, /Stop 2 notebooks\?/)
      assert.match(text, /A first notebook of ann and A first notebook of bob\./)
      const { action, fields } = formOf(text, 'chosen')
      const { status, headers } = await root.submit(action, fields)
      assert.equal(status, 303)
      assert.match((await root.navigate(String(headers.location))).text, /2 notebooks are being stopped/)
      for (const { id } of [ann, bob])
        await until(async () => (await hub.db('servers').where({ id }).first()).state === 'stopped')
      const events = await hub.db('events').where({ kind: 'stopped' }).pluck('detail')
      assert.deepEqual(events, Array(2).fill(JSON.stringify({ by: await idOf('root') })))
    })

    it('stop one, and lead back to the list as it was', async () => {
      const { id } = await serverOf('bob', 'stats')
      const { text } = await root.navigate(`${path}/${id}/stop?back=servers&q=bob`)
      const { action, fields } = formOf(text, 'danger')
      const { headers } = await root.submit(action, fields)
      assert.match(String(headers.location), /^\/hub\/admin\/servers\?q=bob&notice=/)
      const again = await root.navigate(`${path}/${id}/stop?back=user`)
      assert.match(String(again.headers.location), new RegExp(`^/hub/admin/users/${await idOf('bob')}\\?notice=`))
    })
  })

  describe('with a search', () => {
    const find = async (q: string) => (await root.navigate(`/hub/admin/search?${new URLSearchParams({ q })}`)).text

    it('finds users, notebooks, courses and tokens by name, each under its head', async () => {
      await root.submit('/hub/token', { note: 'Nightly 100%', days: '1' })
      const text = await find('CAR')
      assert.match(text, /<h2>Users<\/h2>.*>carl<\/a>.*<h2>Notebooks<\/h2>.*Statistics of carl<\/a>.*after a problem/s)
      assert.doesNotMatch(text, /<h2>(Courses|Accounts|API tokens)/)
      assert.match(await find('first'), /<h2>Courses<\/h2>.*A first notebook/s)
      assert.match(await find('100%'), /<h2>API tokens<\/h2>.*Nightly 100%.*of root/s)
      for (const q of ['%', '_', 'zoe']) assert.doesNotMatch(await find(q), /<h2>Users/)
      assert.match(await find('zoe'), /Nothing has this in its name/)
      assert.match(await find(''), /<h1>Search/)
    })

    it('finds a notebook by its reference, and a user by the id', async () => {
      const { id, user } = await serverOf('ann', 'demo')
      assert.match(await find(`${id}-1`), /A first notebook of ann/)
      assert.match(await find(user), /<h2>Users<\/h2>.*>ann</s)
    })

    it('shows some of many, and leads to the rest', async () => {
      const user = {
        kind: 'person',
        authenticator: 'local',
        state: 'active',
        preview: false,
        created: 1,
        last_launch: 1,
      }
      const many = Array.from({ length: 9 }, (_, at) => `crowd${at}`)
      await hub.db('users').insert(many.map((name) => ({ ...user, id: name, name, subject: name })))
      const text = await find('crowd')
      assert.equal(text.match(/>crowd\d<\/a>/g)?.length, 8)
      assert.match(text, /<a href="\/hub\/admin\?q=crowd">Show all of them/)
      await hub.db('users').whereIn('id', many).delete()
    })
  })

  describe('with events', () => {
    const path = '/hub/admin/events'

    it('say who did what, by kind, area, user and course', async () => {
      const opened = await rowsOf(`${path}?kind=launched&user=bob`)
      assert.deepEqual(
        opened.map((row) => row.replace(/ Reference.*/, '')),
        ['Opened bob stats', 'Opened bob demo'],
      )
      assert.deepEqual(await rowsOf(`${path}?kind=people&user=ann`), ['Signed in ann authenticator: local'])
      const stopped = await rowsOf(`${path}?by=root&course=demo`)
      assert.deepEqual(stopped.map((row) => row.replace(/ Reference.*/, '')).toSorted(), [
        'Stopped ann demo root',
        'Stopped bob demo root',
      ])
      assert.match((await root.navigate(`${path}?user=zoe`)).text, /No event is like that/)
      assert.match((await root.navigate(`${path}?from=tomorrow&before=-1&user=%00`)).text, /Latest|Signed in/)
      for (const file of [path, `${path}.jsonl`])
        assert.equal((await root.navigate(`${file}?kind=nonsense`)).status, 400)
    })

    it('come as a file of JSON lines', async () => {
      const { text, headers } = await root.navigate(`${path}.jsonl?kind=launched&course=stats`)
      assert.match(String(headers['content-type']), /^application\/jsonl/)
      assert.match(String(headers['content-disposition']), /attachment; filename="events\.jsonl"/)
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.deepEqual(
        lines.map(({ kind, user_name, course }) => [kind, user_name, course]),
        [
          ['launched', 'carl', 'stats'],
          ['launched', 'bob', 'stats'],
        ],
      )
      assert.match(lines[0].at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    })

    it('are many, a page at a time', async () => {
      const at = Date.now()
      await hub.db('events').insert(Array.from({ length: 60 }, () => ({ at, kind: 'culled', user: 'gone' })))
      const first = await root.navigate(`${path}?kind=culled`)
      assert.match(first.text, /Earlier events/)
      assert.doesNotMatch(first.text, /Latest events/)
      const [, next = ''] = /href="([^"]*before=[^"]*)"/.exec(first.text) ?? []
      assert.equal((await rowsOf(next.replaceAll('&#38;', '&'))).length, 10)
      const { text } = await root.navigate(`${path}.jsonl?kind=culled`)
      assert.equal(text.split('\n').length, 61)
    })

    it('are searched further back than one page reads, by the file too', async () => {
      const { id } = await hub.db('events').orderBy('id', 'desc').first('id')
      await hub.db('events').insert({ id: id + 250_000, at: Date.now(), kind: 'culled', user: 'gone' })
      const page = await root.navigate(`${path}?kind=launched&course=stats`)
      assert.match(page.text, /Earlier ones may be.*Earlier events/s)
      assert.match(page.text, /events\.jsonl\?kind=launched&#38;course=stats" download>/)
      const { text } = await root.navigate(`${path}.jsonl?kind=launched&course=stats`)
      assert.equal(text.trimEnd().split('\n').length, 2)
      await hub.db('events').where('id', '>', id).delete()
    })

    it('are found by the commands that did them, also where a user is named like their word', async () => {
      const own = {
        kind: 'person',
        authenticator: 'local',
        state: 'active',
        preview: false,
        created: 1,
        last_launch: 1,
      }
      await hub.db('users').insert({ ...own, id: 'op', name: 'operator', subject: 'operator' })
      const event = { at: Date.now(), kind: 'stopped', user: await idOf('bob') }
      await hub.db('events').insert({ ...event, detail: '{"by":"operator"}' })
      await hub.db('events').insert({ ...event, detail: '{"by":"op"}' })
      assert.deepEqual(await rowsOf(`${path}?by=operator`), ['Stopped bob operator'])
      assert.deepEqual(await rowsOf(`${path}?by=op`), ['Stopped bob operator'])
      await hub.db('events').whereLike('detail', '{"by":"op%').delete()
      await hub.db('users').where({ id: 'op' }).delete()
    })
  })

  describe('with one user', () => {
    it('show state, groups, notebooks, tokens by name only, and what happened', async () => {
      const grace = await signIn('grace')
      const made = await grace.submit('/hub/token', { note: 'nightly', days: '1' })
      const secret = /carrel-user-[\w-]+/.exec(made.text)?.[0] ?? ''
      const { text } = await root.navigate(`/hub/admin/users/${await idOf('grace')}`)
      for (const part of ['tutors', 'look after A first notebook', 'nightly', 'API token made', 'Person, by local'])
        assert.ok(text.includes(part), part)
      assert.ok(secret !== '' && !text.includes(secret))
      const bob = await root.navigate(`/hub/admin/users/${await idOf('bob')}`)
      assert.match(bob.text, /Statistics.*A first notebook|A first notebook.*Statistics/s)
      assert.equal((await root.navigate('/hub/admin/users/nobody')).status, 404)
    })

    it('act on the account and lead back', async () => {
      const id = await idOf('carl')
      const { text } = await root.navigate(`/hub/admin/users/${id}/block?back=user`)
      const { action, fields } = formOf(text, 'danger')
      const { headers } = await root.submit(action, fields)
      assert.match(String(headers.location), new RegExp(`^/hub/admin/users/${id}\\?notice=`))
      const page = await root.navigate(`/hub/admin/users/${id}`)
      assert.match(page.text, /blocked<\/span>/)
      const unblock = formOf(page.text, 'Unblock')
      assert.deepEqual(unblock, { action: `/hub/admin/users/${id}/unblock`, fields: { back: 'user' } })
      await root.submit(unblock.action, unblock.fields)
      assert.match((await root.navigate(`/hub/admin/users/${id}`)).text, /active<\/span>/)
    })
  })

  describe('with all users', () => {
    const path = '/hub/admin'
    const names = async (query: string) => (await rowsOf(`${path}?${query}`)).map((row) => row.split(' ')[0])

    before(async () => {
      await (await signIn('dan')).enter('/launch/stats')
    })

    it('find them by name, way in, state, group and whether something runs', async () => {
      assert.deepEqual(await names('q=AN'), ['ann', 'dan'])
      assert.deepEqual(await names('kind=person&sort=-name'), ['root', 'grace', 'dan', 'carl', 'bob', 'ann'])
      assert.deepEqual(await names('kind=temporary'), [])
      assert.deepEqual(await names('way=local&q=o'), ['bob', 'root'])
      assert.deepEqual(await names('running=yes'), ['dan'])
      assert.deepEqual(await names('running=no&group=tutors'), ['grace'])
      assert.deepEqual(await names('group=Tutors'), [])
      for (const field of ['group', 'way']) assert.deepEqual(await names(`${field}=${'g'.repeat(255)}`), [], field)
      assert.deepEqual(await names('state=blocked'), [])
      assert.match((await root.navigate(`${path}?state=blocked`)).text, /No user is like that/)
      const [grace = ''] = await rowsOf(`${path}?q=grace`)
      assert.match(grace, /^grace Person by local tutors active/)
      const french = await root.navigate(`${path}?q=zoe`, { 'accept-language': 'fr' })
      assert.match(french.text, /Aucun utilisateur n’a «\u00a0zoe\u00a0» dans son nom/)
    })

    it('do one thing to several of them, after a question that names them and what is lost', async () => {
      const [ann, dan, own] = [await idOf('ann'), await idOf('dan'), await idOf('root')]
      const none = await root.navigate(`${path}/chosen?act=remove&q=x&chosen=${own}`)
      assert.match(decodeURI(String(none.headers.location)), /^\/hub\/admin\?q=x&notice=/)
      const chosen = `chosen=${ann}&chosen=${dan}&chosen=${own}&chosen=%00&chosen=nobody`
      for (const [act, says] of [
        ['sign-out', 'Sign 2 users out everywhere?'],
        ['stop', '1 notebook that is running will stop.'],
        ['remove', 'their notebooks (2) and all files in them. Nothing brings them back.'],
      ] as const) {
        const { text } = await root.navigate(`${path}/chosen?act=${act}&${chosen.replace('&chosen=%00', '')}`)
        assert.ok(text.includes('ann and dan.') && text.includes(says), act)
      }
      for (const act of ['nonsense', 'toString', '']) {
        assert.equal((await root.navigate(`${path}/chosen?act=${act}&chosen=${ann}`)).status, 400, act)
        assert.equal((await root.submit(`${path}/chosen`, { act, chosen: ann })).status, 400, act)
      }
      assert.equal((await root.submit(`${path}/chosen`, { chosen: ann })).status, 400)
      const question = await root.navigate(`${path}/chosen?act=block&kind=person&chosen=${ann}&chosen=${dan}`)
      const { action, fields } = formOf(question.text, 'danger')
      const { headers } = await root.submit(action, fields)
      assert.match(String(headers.location), /^\/hub\/admin\?kind=person&notice=/)
      assert.match((await root.navigate(String(headers.location))).text, /2 users\. They are blocked/)
      assert.deepEqual(await names('state=blocked'), ['ann', 'dan'])
      await root.submit(`${path}/chosen`, { act: 'unblock', chosen: `${ann} ${dan} ${own}` })
      assert.deepEqual(await names('state=blocked'), [])
      const kinds = await hub.db('events').where({ user: dan }).whereLike('kind', 'user-%').orderBy('id').pluck('kind')
      assert.deepEqual(kinds, ['user-blocked', 'user-unblocked'])
      assert.equal(await hub.db('events').where({ user: ann, kind: 'signed-out' }).first(), undefined)
      await until(async () => (await serverOf('dan', 'stats')).state === 'stopped')
    })

    it('do it to all others where it fails for one, and say for whom', async () => {
      const [ann, dan] = [await idOf('ann'), await idOf('dan')]
      await hub.db.raw(`create trigger refuse before insert on events when new."user" = '${ann}' and new.kind = 'user-blocked'
        begin select raise(abort, 'refused'); end`)
      const { headers } = await root.submit(`${path}/chosen`, { act: 'block', chosen: `${ann} ${dan}` })
      await hub.db.raw('drop trigger refuse')
      const { text } = await root.navigate(String(headers.location))
      assert.match(text, /1 user\. They are blocked.* It failed for ann\. The log of the hub says why/)
      assert.deepEqual(await names('state=blocked'), ['dan'])
      await root.submit(`${path}/chosen`, { act: 'unblock', chosen: dan })
    })

    const revisionOf = async (name: string): Promise<number> => (await serverOf(name, 'stats')).revision

    it('wait for a proxy once, however many they are', async () => {
      for (const name of ['bob', 'dan']) await (await signIn(name)).enter('/launch/stats')
      const users = [await idOf('bob'), await idOf('dan')]
      const goOn = Promise.withResolvers<void>()
      hub.proxy.holds = goOn.promise
      const signedOut = () => hub.db('events').where({ kind: 'signed-out' }).pluck('user')
      const [before, begun] = [await Promise.all(['bob', 'dan'].map(revisionOf)), await signedOut()]
      const done = root.submit(`${path}/chosen`, { act: 'sign-out', chosen: users.join(' ') })
      await until(async () => {
        const [bob, dan] = await Promise.all(['bob', 'dan'].map(revisionOf))
        return bob !== before[0] && dan !== before[1]
      })
      assert.deepEqual(await signedOut(), begun, 'both wait')
      goOn.resolve()
      assert.equal((await done).status, 303)
      hub.proxy.holds = undefined
    })
  })
})
