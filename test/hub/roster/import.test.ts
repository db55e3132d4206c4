import assert from 'node:assert/strict'
import { password } from '../../../authenticators/password.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { first, pathOf, useLink } from '../access/accounts/office.ts'
import { people } from '../people.ts'

const courses: ConfigInput['courses'] = {
  demo: { image: 'demo', start: 'welcome.ipynb', staff: ['group:tutors'] },
  algebra: { image: 'algebra', open: ['group:maths'] },
}

onEachDatabase('the registration from a file', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let hub: TestHub
  let admin: HttpBrowser
  let token: string

  beforeEach(async () => {
    hub = await startTestHub({
      database: await makeDatabase(),
      config: {
        authenticators: [temporary(), people, password({ name: 'class' })],
        admins: ['root'],
        groups: { tutors: ['tina'] },
        courses,
      },
    })
    cleanup.defer(() => hub.stop())
    admin = await signedIn('root')
    token = await tokenOf(admin)
  })

  async function signedIn(username: string): Promise<HttpBrowser> {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    return browser
  }

  async function tokenOf(browser: HttpBrowser): Promise<string> {
    const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
  }

  const call = (method: string, path: string, body?: object, secret = token) =>
    createHttpBrowser(hub.address).fetch(`/hub/api/roster${path}`, {
      method,
      headers: { authorization: `token ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const importing = (file: string, more: object = {}) =>
    call('POST', '/import', { file_base64: Buffer.from(file).toString('base64'), authenticator: 'class', ...more })
  const kinds = (answer: { json(): { steps: { name: string; kind: string }[] } }) =>
    answer.json().steps.map(({ name, kind }) => `${kind} ${name}`)
  const names = async () =>
    (await hub.db('users').orderBy('name').pluck('name')).filter((name: string) => name !== 'root')

  const file = 'email,first_name,groups\nann@example.org,Ann,maths\nbob@example.org,Bob,\n'

  it('shows in a dry run what it would do, and writes nothing', async () => {
    const answer = await importing(file, { dry_run: true })
    assert.equal(answer.status, 200)
    assert.deepEqual(kinds(answer), ['make ann', 'make bob'])
    assert.equal(answer.json().written, false)
    assert.deepEqual(await names(), [])
  })

  it('makes accounts, and changes nothing when it is repeated', async () => {
    const first = await importing(file, { links: 'show' })
    assert.equal(first.json().written, true)
    assert.deepEqual(
      first.json().links.map(({ name }: { name: string }) => name),
      ['ann', 'bob'],
    )
    const before = await hub.db('users').orderBy('name').select('*')
    const second = await importing(file)
    assert.deepEqual(kinds(second), ['leave ann', 'leave bob'])
    assert.deepEqual(await hub.db('users').orderBy('name').select('*'), before)
    assert.deepEqual(await names(), ['ann', 'bob'])
  })

  it('adds those whom a hub that died had left without an account', async () => {
    await importing(file)
    await hub.db('entries').delete()
    const answer = await importing(file, { links: 'show' })
    assert.deepEqual(
      answer.json().links.map(({ name }: { name: string }) => name),
      ['ann', 'bob'],
    )
  })

  it('gives groups, and takes none away', async () => {
    await importing(file)
    const answer = await importing('email,groups\nann@example.org,physics\n', { groups: ['all'] })
    assert.deepEqual(kinds(answer), ['change ann'])
    const row = await hub.db('users').where({ name: 'ann' }).first('group_lists')
    assert.deepEqual(JSON.parse(row.group_lists), { '@import': ['maths', 'physics', 'all'] })
  })

  it('takes people out of groups of earlier files where it is told to, and touches no other source of groups', async () => {
    await importing(file)
    const lists = { '@import': ['maths'], uni: ['physics'] }
    await hub
      .db('users')
      .where({ name: 'ann' })
      .update({ group_lists: JSON.stringify(lists) })
    const chess = 'email,groups\nann@example.org,chess\n'
    const shown = (await importing(chess, { replace_groups: true, dry_run: true })).json()
    assert.deepEqual([shown.steps[0].groups, shown.steps[0].leaves], [['chess'], ['maths']])
    await importing(chess, { replace_groups: true })
    const row = await hub.db('users').where({ name: 'ann' }).first('group_lists')
    assert.deepEqual(JSON.parse(row.group_lists), { uni: ['physics'], '@import': ['chess'] })
    const events = await hub.db('events').where({ kind: 'groups-changed' }).orderBy('at')
    assert.equal(JSON.parse(events.at(-1).detail).source, '@import')
    const refused = await importing('email\nann@example.org\n', { replace_groups: true })
    assert.match(refused.json().message, /no column “groups”/)
  })

  it('opens a course that is for a group to the people whom a file has put into it, and to no others', async () => {
    const { links } = (await importing(file, { links: 'show' })).json()
    const statuses: number[] = []
    for (const [at, name] of ['ann', 'bob'].entries()) {
      await useLink(hub.browser(), pathOf(links[at].link), first)
      const browser = hub.browser()
      await browser.submit('/hub/login/class', { username: name, password: first })
      statuses.push((await browser.post('/hub/launches', { link: '/launch/algebra' })).status)
    }
    assert.deepEqual(statuses, [201, 403])
  })

  it('keeps the name to be shown through the first sign-in', async () => {
    const { links } = (await importing(file, { links: 'show' })).json()
    await useLink(hub.browser(), pathOf(links[0].link), first)
    const browser = hub.browser()
    assert.equal((await browser.submit('/hub/login/class', { username: 'ann', password: first })).status, 303)
    const user = await hub.db('users').where({ name: 'ann' }).first('display_name', 'group_lists')
    assert.deepEqual([user.display_name, JSON.parse(user.group_lists)], ['Ann', { '@import': ['maths'] }])
  })

  it('writes nothing when one line is bad, unless it may leave that line out', async () => {
    const bad = `${file}nothing,,\n`
    const refused = await importing(bad)
    assert.equal(refused.status, 409)
    assert.match(refused.json().message, /Nothing was imported.*Line 4: “nothing” is not a mail address/s)
    assert.deepEqual(await names(), [])
    assert.equal((await importing(bad, { skip_bad: true })).status, 200)
    assert.deepEqual(await names(), ['ann', 'bob'])
  })

  it('refuses to do another thing than was shown', async () => {
    const { digest } = (await importing(file, { dry_run: true })).json()
    await importing('email\nann@example.org\n')
    const answer = await importing(file, { digest })
    assert.equal(answer.status, 409)
    assert.match(answer.json().message, /changed since you looked/)
  })

  const refused: Record<string, string> = {
    'a name that has a role': 'email,username\nx@example.org,tina\n',
    'an admin’s name in other letters': 'email,username\nx@example.org,ROOT\n',
    'a group of tutors': 'email,groups\nx@example.org,tutors\n',
    'a name of an LMS learner': 'email,username\nx@example.org,lms:edx:1\n',
  }
  for (const [what, text] of Object.entries(refused)) {
    it(`registers no one under ${what}`, async () => {
      const answer = await importing(text)
      assert.equal(answer.status, 409)
      assert.deepEqual(await names(), [])
    })
  }

  it('exports what an import leaves alone', async () => {
    await importing(
      'email,username,first_name,last_name,groups\na@example.org,ann,=1+1,Lee,maths physics\nb@example.org,bob,,,\n',
    )
    const { csv } = (await call('GET', '/export?authenticator=class')).json()
    assert.match(
      csv,
      /^\ufeffemail,username,first_name,last_name,groups\r\na@example\.org,ann,"'=1\+1",Lee,"maths physics"\r\n/,
    )
    assert.deepEqual(kinds(await importing(csv)), ['leave ann', 'leave bob'])
  })

  it('says that no mail can be sent where none is set up', async () => {
    const answer = await importing(file, { links: 'mail' })
    assert.equal(answer.status, 400)
    assert.match(answer.json().message, /Add mail to the config/)
    assert.deepEqual(await names(), [])
  })

  it('is for admins only', async () => {
    const secret = await tokenOf(await signedIn('eve'))
    for (const [method, path] of [
      ['POST', '/import'],
      ['GET', '/export'],
      ['GET', '/mails'],
      ['POST', '/mails/retry'],
    ] as const) {
      assert.equal((await call(method, path, method === 'POST' ? {} : undefined, secret)).status, 403, path)
    }
  })

  describe('by the page', () => {
    const form = (fields: Record<string, string>, upload?: string) => {
      const parts = Object.entries(fields).map(
        ([name, value]) =>
          `--formBoundaryOfTheTest\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      const file =
        upload === undefined
          ? ''
          : `--formBoundaryOfTheTest\r\nContent-Disposition: form-data; name="file"; filename="class.csv"\r\nContent-Type: text/csv\r\n\r\n${upload}\r\n`
      return {
        body: `${parts.join('')}${file}--formBoundaryOfTheTest--\r\n`,
        headers: { 'content-type': 'multipart/form-data; boundary=formBoundaryOfTheTest' },
      }
    }
    const send = (path: string, fields: Record<string, string>, upload?: string, more: Record<string, string> = {}) => {
      const { body, headers } = form(fields, upload)
      const own = {
        accept: 'text/html',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      }
      return admin.fetch(path, { method: 'POST', body, headers: { ...own, ...headers, ...more } })
    }
    const hiddenIn = (page: string) =>
      Object.fromEntries(
        [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
          name,
          value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
        ]),
      )

    it('shows what would be done, does it when that is confirmed, and shows the links once', async () => {
      const preview = await send('/hub/admin/import', { groups: 'all', authenticator: 'class', links: 'show' }, file)
      assert.equal(preview.status, 200, preview.text)
      assert.match(preview.text, /2 new, 0 changed, 0 left alone, 0 that cannot be used/)
      assert.deepEqual(await names(), [])
      const done = await send('/hub/admin/import/confirmed', hiddenIn(preview.text))
      assert.equal(done.status, 200)
      assert.match(done.text, /<h2 id="sheet-0">Group all<\/h2>/)
      assert.match(String(done.headers['cache-control']), /no-store/)
      assert.deepEqual(await names(), ['ann', 'bob'])
      const again = await send('/hub/admin/import/confirmed', hiddenIn(preview.text))
      assert.equal(again.status, 409, 'a reload of the page makes no other links')
    })

    it('says so where no accounts are kept, or only those of a gate', async () => {
      for (const authenticators of [
        [temporary(), people],
        [temporary({ behind: password() }), people],
      ]) {
        const other = await startTestHub({ config: { authenticators, admins: ['root'] } })
        cleanup.defer(() => other.stop())
        const root = other.browser()
        await root.submit('/hub/login/local', { username: 'root', password: 'right' })
        const page = await root.navigate('/hub/admin/import')
        assert.equal(page.status, 404)
        assert.match(page.text, /keeps no accounts.*Add password\(\)/s)
      }
    })

    it('says what is wrong with a file, and offers to choose another', async () => {
      const page = await send('/hub/admin/import', { groups: '', links: 'none', authenticator: 'class' }, 'name\nann\n')
      assert.equal(page.status, 400)
      assert.match(page.text, /role="alert" id="problem">Line 1: The first line names no column/)
    })

    it('takes nothing from pages of other sites, and nothing from others than admins', async () => {
      const foreign = await send('/hub/admin/import/confirmed', {}, undefined, { 'sec-fetch-site': 'cross-site' })
      assert.equal(foreign.status, 403)
      admin = await signedIn('eve')
      assert.equal((await send('/hub/admin/import', { links: 'none' }, file)).status, 403)
      assert.equal((await admin.navigate('/hub/admin/people.csv')).status, 403)
      assert.deepEqual(
        (await names()).filter((name) => name !== 'eve'),
        [],
      )
    })
  })
})
