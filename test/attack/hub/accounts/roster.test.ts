import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { password } from '../../../../authenticators/password.ts'
import { temporary } from '../../../../authenticators/temporary.ts'
import { longestFile } from '../../../../roster/csv.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { first, pathOf, useLink } from '../../../hub/access/accounts/office.ts'
import { people } from '../../../hub/people.ts'
import { attacks } from '../../table.ts'

describe('attack: a file of people that an admin is given', () => {
  let database: TestDatabase
  let hub: TestHub
  let token: string

  beforeEach(async () => {
    database = await sqliteDatabase()
    hub = await startTestHub({
      database: database.url,
      config: {
        authenticators: [temporary(), people, password({ name: 'class' })],
        admins: ['root', 'boss', 'group:chiefs'],
        groups: { tutors: [], chiefs: [], makers: [], helpers: [] },
        courseMaking: { by: ['maria', 'group:makers'], staff: ['tess', 'group:helpers'] },
        courses: { demo: { image: 'demo', start: 'welcome.ipynb', staff: ['tina', 'group:tutors'] } },
      },
    })
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: 'root', password: 'right' })
    const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
    token = /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
  })
  afterEach(async () => {
    await hub.stop()
    await database.remove()
  })

  const importing = (file: string | Buffer, more: object = {}) =>
    createHttpBrowser(hub.address).fetch('/hub/api/roster/import', {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        file_base64: (typeof file === 'string' ? Buffer.from(file) : file).toString('base64'),
        ...{ authenticator: 'class', ...more },
      }),
    })
  /** Sends a body of so many bytes as fast as the hub takes it, until there is an answer. */
  async function pour(bytes: number): Promise<{ status: number | undefined; sent: number }> {
    const headers = {
      ...{ authorization: `token ${token}`, 'content-type': 'application/json', 'content-length': bytes },
    }
    const request = httpRequest(new URL('/hub/api/roster/import', hub.address), { method: 'POST', headers })
    // The hub ends the connection while the body is still being sent.
    request.on('error', () => undefined)
    const part = Buffer.alloc(65_536, 'a')
    let sent = 0
    const push = () => {
      while (sent < bytes && !request.destroyed) {
        sent += part.length
        if (!request.write(part)) return
      }
    }
    request.on('drain', push)
    push()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    request.destroy()
    return { status: response.statusCode, sent }
  }
  const names = async () => (await hub.db('users').pluck('name')).filter((name: string) => name !== 'root')

  attacks([
    {
      name: 'has lines with the names of admins, of staff, of makers of courses, of learners and of temporary users: no account is made',
      rule: 'roles',
      async attempt() {
        const wanted = [
          'boss',
          'BOSS',
          'ｂｏｓｓ',
          'tina',
          'maria',
          'Maria',
          'tess',
          'lms:edx:1',
          'group:tutors',
          '0b53a6b7-9c1d-4b62-9a44-6d3d6a2f7f10',
        ]
        const lines = wanted.map((name, at) => `m${at}@evil.example,${name}\n`)
        const answer = await importing(`email,username\n${lines.join('')}`, { skip_bad: true })
        return [answer.status, answer.json().steps.length, await names()]
      },
      expected: [200, 0, []],
    },
    {
      name: 'puts a person into the group of admins, of a course’s staff or of those who make courses, also as a group for the whole file',
      rule: 'roles',
      async attempt() {
        const statuses: number[] = []
        for (const group of ['tutors', 'chiefs', 'makers', 'helpers']) {
          statuses.push((await importing(`email,groups\nm@evil.example,${group}\n`)).status)
          statuses.push((await importing('email\nm@evil.example\n', { groups: [group] })).status)
        }
        return [statuses, await names()]
      },
      expected: [Array(8).fill(409), []],
    },
    {
      name: 'has put a person into a group to which the config gives a role afterwards',
      rule: 'roles',
      async attempt() {
        const { links } = (await importing('email\nmallory@evil.example\n', { links: 'show' })).json()
        const lists = JSON.stringify({ '@import': ['tutors', 'chiefs'] })
        await hub.db('users').where({ name: 'mallory' }).update({ group_lists: lists })
        await useLink(hub.browser(), pathOf(links[0].link), first)
        const browser = hub.browser()
        await browser.submit('/hub/login/class', { username: 'mallory', password: first })
        return [(await browser.navigate('/hub/admin')).status, (await browser.navigate('/hub/course/demo')).status]
      },
      expected: [403, 403],
    },
    {
      name: 'gives the attacker’s address to an account that is there: its link is sent to no one else',
      rule: 'identity',
      async attempt() {
        await importing('email,username\nann@example.org,ann\n')
        const answer = await importing('email,username\nmallory@evil.example,ann\n', { links: 'show' })
        return [answer.status, await hub.db('addresses').pluck('email')]
      },
      expected: [409, ['ann@example.org']],
    },
    {
      name: 'has 100 MB, or more than fits',
      rule: 'sizes',
      async attempt() {
        const huge = await pour(100 * 2 ** 20)
        const large = await importing('a'.repeat(longestFile + 1))
        return [huge.status, huge.sent < 50 * 2 ** 20, large.status, await names()]
      },
      expected: [413, true, 400, []],
    },
    {
      name: 'is no admin, and sends megabytes where admins may: they are not read',
      rule: 'sizes',
      async attempt() {
        const visitor = createHttpBrowser(hub.address)
        const body = `--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n${'a'.repeat(2_000_000)}\r\n--b--`
        const statuses: number[] = []
        for (const path of ['/hub/admin/import', '/hub/admin/import/confirmed', '/hub/api/roster/import']) {
          const headers = { 'content-type': 'multipart/form-data; boundary=b', 'sec-fetch-site': 'same-origin' }
          statuses.push((await visitor.fetch(path, { method: 'POST', headers, body })).status)
        }
        return [statuses.map((status) => status === 401 || status === 403 || status === 303), await names()]
      },
      expected: [[true, true, true], []],
    },
    {
      name: 'has formulas in every column, as an export: a spreadsheet calculates none',
      rule: 'echo',
      async attempt() {
        const formulas = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', "'=1", '|cmd', '＝1']
        const lines = formulas.map((text, at) => `m${at}@example.org,m${at},"${text}","${text}"\n`)
        await importing(`email,username,first_name,last_name\n${lines.join('')}=1@example.org,m9,,\n`, {
          skip_bad: true,
        })
        const answer = await createHttpBrowser(hub.address).fetch('/hub/api/roster/export?authenticator=class', {
          headers: { authorization: `token ${token}` },
        })
        return /(^|,|")[\s"]*[=+@-]/m.test(answer.json().csv)
      },
      expected: false,
    },
    {
      name: 'is of another encoding, has a row without end, or quotes that never close: it is refused as a whole',
      rule: 'sizes',
      async attempt() {
        const files = [
          Buffer.from('\ufeffemail\nann@example.org\n', 'utf16le'),
          Buffer.from('email,first_name\nann@example.org,Ren\xe9e\n', 'latin1'),
          Buffer.from('email\nann@example.org\0\n'),
          Buffer.from(`email\n${'a'.repeat(2_000_000)}`),
          Buffer.from(`email\nann@example.org,"${'\n'.repeat(1_000_000)}`),
          Buffer.from(`email${',x'.repeat(4_000)}\n`),
          Buffer.from('email\n'.repeat(300_000)),
        ]
        const statuses: number[] = []
        for (const file of files) statuses.push((await importing(file)).status)
        return [statuses, await names()]
      },
      expected: [[400, 400, 400, 400, 400, 200, 400], []],
    },
    {
      name: 'has names that are headers, formulas, or HTML',
      rule: 'echo',
      async attempt() {
        const file =
          'email,first_name\na@example.org,"Ann\r\nBcc: all@evil.example"\nb@example.org,=cmd|x\nc@example.org,<script>\n'
        const answer = await importing(file, { skip_bad: true })
        const export_ = await createHttpBrowser(hub.address).fetch('/hub/api/roster/export?authenticator=class', {
          headers: { authorization: `token ${token}` },
        })
        return [answer.json().bad.length, /(^|,)[=+@-]/m.test(export_.json().csv)]
      },
      expected: [1, false],
    },
    {
      name: 'reads the links of people in the hub’s log',
      rule: 'secrets',
      async attempt() {
        const answer = await importing('email\nann@example.org\n', { links: 'show' })
        const [{ link }] = answer.json().links
        const secret = new URL(link).searchParams.get('key') ?? link
        return [secret.length > 20, hub.log.some((line) => line.includes(secret))]
      },
      expected: [true, false],
    },
  ])
})
