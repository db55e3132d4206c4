import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseKeys, serverToken } from '../../../seats/keys.ts'
import { type Carrel, demoFolder, startCarrel } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { type Answer, ask, keptCookies } from '../../proxy/world.ts'
import { type Attack, attacks } from '../table.ts'

const lms = 'https://lms.example'
const learner = 'learner-5f0c9a'
const password = 'correct-horse-battery'
const config = `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    temporary(),
    lms({ issuer: 'edx', courses: ['demo'], pages: ['https://lms.example'], signed: false }),
    {
      kind: 'password', name: 'local', label: 'Sign in',
      authenticate: async (name, password) => (password === '${password}' ? { subject: name, name } : undefined),
    },
  ],
  courses: {
    demo: { image: '${demoFolder}', embed: { ancestors: ['${lms}'] } },
    broken: { image: '', command: ['/bin/sh', '-c', 'echo broken; exit 3'] },
  },
})
`

/**
 * Goes through the whole life of a user: launch, seat, work, token, failure, sign-out. Then searches for every secret
 * in logs, processes, pages and the database.
 */
describe('attack: a person who reads logs, processes, pages and a stolen backup', function () {
  this.timeout(300_000)
  let carrel: Carrel
  let hub: string
  /** All secrets, by what they are. */
  const secrets: Record<string, string> = {}
  const pages: Record<string, string> = {}

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    carrel = await startCarrel({ config, env: { CARREL_LOG_LEVEL: 'trace' } })
    hub = `http://127.0.0.1:${carrel.port}`
    await live()
  })
  after(() => carrel?.stop())

  type How = { method?: string; headers?: Record<string, string>; body?: string; servers?: boolean }
  const send = async (path: string, { servers = false, headers = {}, ...how }: How = {}): Promise<Answer> => {
    const host = `${servers ? 'localhost' : '127.0.0.1'}:${carrel.port}`
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const answer = await ask(hub, path, { host, headers: { ...own, ...headers }, ...how })
    pages[`${how.method ?? 'GET'} ${path.slice(0, 60)} ${answer.status}`] = answer.body
    return answer
  }
  const post = (path: string, body: unknown, cookie: string) =>
    send(path, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const cookieOf = (answer: Answer, name: string) =>
    String(answer.headers['set-cookie'] ?? '')
      .split(/[,;] ?/)
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? ''

  async function launch(who: string, link: string, cookie: string, proof?: string) {
    const begun = await post('/hub/launches', { link, ...(proof !== undefined && { proof }) }, cookie)
    const { launch: id } = JSON.parse(begun.body) as { launch: string }
    const session = cookieOf(begun, 'carrel') || (/carrel=([\w-]{43})/.exec(cookie)?.[1] ?? '')
    secrets[`${who}'s launch`] = id
    secrets[`${who}'s session`] = session
    await send(`/hub/launches/${id}/events`)
    return { id, cookie: `carrel=${session}` }
  }
  async function enter(who: string, { id, cookie }: { id: string; cookie: string }) {
    const { ticket, action } = JSON.parse((await post(`/hub/launches/${id}/ticket`, {}, cookie)).body) as Record<
      string,
      string
    >
    secrets[`${who}'s ticket`] = ticket ?? ''
    const form = { origin: hub, 'content-type': 'application/x-www-form-urlencoded' }
    const entered = await send(new URL(action ?? hub).pathname, {
      servers: true,
      method: 'POST',
      headers: form,
      body: `ticket=${ticket}`,
    })
    const [pair = ''] = keptCookies(entered.headers['set-cookie']).split(';')
    secrets[`${who}'s seat`] = pair.slice(pair.indexOf('=') + 1)
    const location = String(entered.headers.location)
    secrets[`${who}'s landing`] = location.slice(location.indexOf('to=') + 3)
    await send(location, { servers: true, headers: { cookie: pair, 'sec-fetch-mode': 'navigate' } })
    return { seat: pair, path: location.slice(0, location.indexOf('_carrel/')) }
  }

  async function live(): Promise<void> {
    const nonce = 'nonce'.padEnd(43, 'N')
    secrets["the visitor's nonce"] = nonce
    const visitor = await launch('the visitor', '/tmplogin?course=demo', `carrel-first=${nonce}`)
    const { seat, path } = await enter('the visitor', visitor)
    for (const page of ['lab', 'api/status', 'api/kernels', 'tree', 'api/contents?token=planted-in-the-query']) {
      await send(path + page, { servers: true, headers: { cookie: seat } })
    }
    secrets['a token in a query'] = 'planted-in-the-query'
    await send(`${path}api?x=1`, {
      servers: true,
      headers: { cookie: seat, authorization: 'token planted-in-a-header' },
    })
    secrets['a token in a header'] = 'planted-in-a-header'
    await launch('the unlucky', '/launch/broken', visitor.cookie)

    const fields = (entries: Record<string, string>) => new URLSearchParams(entries).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
    secrets['a wrong password'] = 'mistyped-horse'
    await send('/hub/login/local', {
      method: 'POST',
      headers: form,
      body: fields({ username: 'ann', password: 'mistyped-horse' }),
    })
    const person = await send('/hub/login/local', {
      method: 'POST',
      headers: form,
      body: fields({ username: 'ann', password }),
    })
    secrets['a password'] = password
    const ann = cookieOf(person, 'carrel')
    secrets["ann's session"] = ann
    const made = await send('/hub/token', {
      method: 'POST',
      headers: { ...form, cookie: `carrel=${ann}` },
      body: fields({ note: 'mine', days: '1' }),
    })
    const [token = ''] = /carrel-user-[\w-]{43}/.exec(made.body) ?? []
    secrets["ann's API token"] = token
    delete pages['POST /hub/token 200']
    delete pages['POST /hub/token 201']
    await send('/hub/api/user', { headers: { authorization: `token ${token}` } })
    await enter('ann', await launch('ann', '/launch/demo', `carrel=${ann}`))

    const link = `/ipythonExercice/demo/welcome/${learner}`
    const page = await send(link, {
      headers: {
        referer: `${lms}/unit`,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'iframe',
        accept: 'text/html',
      },
    })
    const proof = /data-proof="([^"]*)"/.exec(page.body)?.[1] ?? ''
    secrets["the LMS page's proof"] = proof
    delete pages[`GET ${link} 200`]
    await enter('the learner', await launch('the learner', link, `carrel-first=${'lms'.padEnd(43, 'L')}`, proof))

    for (const file of await readdir(join(carrel.dataDir, 'data/secrets'))) {
      const text = (await readFile(join(carrel.dataDir, 'data/secrets', file), 'utf8')).trim()
      secrets[`secrets/${file}`] = file === 'keys' ? (text.split(':')[1] ?? '') : text
      if (file === 'keys') await nameServerTokens(text)
    }
    const users = await send('/hub/api/users', {
      headers: { authorization: `token ${secrets['secrets/culler-token']}` },
    })
    if (users.status !== 200) throw new Error(users.body)
    await send('/hub/logout', { method: 'POST', headers: { ...form, cookie: `carrel=${ann}` } })
    await send('/hub/nothing', { headers: { cookie: visitor.cookie, accept: 'text/html' } })
    const empty = Object.entries(secrets).filter(([, secret]) => secret.length < 8)
    if (empty.length > 0) throw new Error(`no secret: ${empty.join(' ')}`)
  }

  async function nameServerTokens(text: string) {
    const servers = await carrel.query<{ id: string; run: number }>('select id, run from servers')
    for (const [index, { id, run }] of servers.entries()) {
      secrets[`the token of server ${index}`] = serverToken(parseKeys(text)[0], id, run)
    }
  }

  /** Returns the names of the secrets that stand in a text, also as bytes and in other spellings. */
  const found = (text: string, but: RegExp = /^$/): string[] =>
    Object.entries(secrets).flatMap(([what, secret]) => {
      const spellings = [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64url'),
        Buffer.from(secret).toString('hex'),
        [...Buffer.from(secret)].join(','),
      ]
      return !but.test(what) && spellings.some((spelled) => text.includes(spelled)) ? [what] : []
    })
  const filesBelow = async (folder: string): Promise<string> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n')
  }
  const processes = async (file: 'cmdline' | 'environ', of: RegExp): Promise<string[]> => {
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const texts = await Promise.all(ids.map((id) => readFile(`/proc/${id}/${file}`, 'latin1').catch(() => '')))
    return texts.filter((text) => of.test(text))
  }

  const table: Attack[] = [
    {
      name: 'reads all logs, at their most talkative',
      rule: 'secrets',
      attempt: async () => found(await filesBelow(join(carrel.dataDir, 'data/logs'))),
      expected: [],
    },
    {
      name: "reads a learner's id in the logs",
      rule: 'secrets',
      attempt: async () => (await filesBelow(join(carrel.dataDir, 'data/logs'))).includes(learner),
      expected: false,
    },
    {
      name: 'reads the terminal',
      rule: 'secrets',
      attempt: async () => found(carrel.output()),
      expected: [],
    },
    {
      name: 'lists the processes of the machine',
      rule: 'secrets',
      attempt: async () => found((await processes('cmdline', /./)).join('\n')),
      expected: [],
    },
    {
      name: "is a learner's process and looks at its environment: its own token, and nothing else",
      rule: 'secrets',
      attempt: async () => {
        const own = await processes(
          'environ',
          new RegExp(
            `CARREL_RUN=(${(await carrel.query<{ id: string }>('select id from servers')).map(({ id }) => id).join('|')})-`,
          ),
        )
        const most = Math.max(...own.map((text) => found(text).length))
        return [own.length > 0, most, found(own.join('\n'), /^the token of server/)]
      },
      expected: [true, 1, []],
    },
    {
      name: 'reads every page and response',
      rule: 'secrets',
      // A new launch's response is its id, a ticket's response is the ticket, and the page of a launch names the
      // launch.
      attempt: async () =>
        Object.entries(pages).flatMap(([page, text]) => {
          // A server's own token is allowed in Jupyter's pages: Jupyter writes it there, and it opens nothing from
          // outside.
          const own = page.includes(' /user/')
            ? /^the token of server/
            : page.startsWith('POST /hub/launches')
              ? /launch$|ticket$/
              : /^$/
          return found(text, own).map((what) => `${what} in ${page}`)
        }),
      expected: [],
    },
    {
      name: 'has stolen the database, bytes and all',
      rule: 'secrets',
      attempt: async () => {
        const folder = join(carrel.dataDir, 'data')
        const files = (await readdir(folder)).filter((name) => name.startsWith('carrel.sqlite'))
        const bytes = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))
        return [files.length > 0, found(bytes.join('\n'))]
      },
      expected: [true, []],
    },
    {
      name: "reads the proxy's table of routes",
      rule: 'secrets',
      attempt: async () => found(await readFile(join(carrel.dataDir, 'data/routes.json'), 'utf8')),
      expected: [],
    },
  ]
  attacks(table)
})
