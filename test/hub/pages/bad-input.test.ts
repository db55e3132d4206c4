import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { staticPath } from '../../../hub/views/static-files.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { countRows, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { rawRequest, sendRaw } from '../raw-request.ts'

const navigate = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
const own = { origin: 'http://hub.test', 'sec-fetch-site': 'same-origin' }
const asJson = { ...own, 'content-type': 'application/json' }
const asForm = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
const proxy = { authorization: `token ${secrets.proxyToken}`, 'content-type': 'application/json' }
const culler = { authorization: `token ${secrets.cullerToken}`, 'content-type': 'application/json' }
const long = 'x'.repeat(10_000)
const id = 'A'.repeat(43)

type Case = [what: string, status: number | number[], bytes: string]
const get = (target: string, headers = {}) => rawRequest('GET', target, { ...navigate, ...headers })
const launch = (body: unknown) =>
  rawRequest('POST', '/hub/launches', asJson, typeof body === 'string' ? body : JSON.stringify(body))
const link = (text: string) => launch({ link: text })

const links: Case[] = [
  ['an unknown course', 404, get('/tmplogin?course=dmeo')],
  ['an unknown course of an LMS', 404, get('/ipythonExercice/nothing/a/b')],
  ['no course', 400, get('/tmplogin')],
  ['an empty course', 400, get('/tmplogin?course=')],
  ['a course that is a property of every object', 404, get('/tmplogin?course=__proto__')],
  ['another such course', 404, get('/tmplogin?course=constructor')],
  ['a course of 3 kB', 404, get(`/tmplogin?course=${long.slice(0, 3000)}`)],
  ['a course of 10 kB', 414, get(`/tmplogin?course=${long}`)],
  ['a course with NUL', 404, get('/tmplogin?course=demo%00')],
  ['a course with a line break', 404, get('/tmplogin?course=demo%0d%0aSet-Cookie:x=y')],
  ['a course with markup', 404, get('/tmplogin?course=%3Cscript%3Ealert(1)%3C/script%3E')],
  ['a course that is a path', 404, get('/tmplogin?course=../demo')],
  ['a repeated course', 400, get('/tmplogin?course=demo&course=demo')],
  ['a repeated notebook', 400, get('/tmplogin?course=demo&notebook=a&notebook=b')],
  ['fresh=2', 400, get('/tmplogin?course=demo&fresh=2')],
  ['tag=', 400, get('/tmplogin?course=demo&tag=latest')],
  ['needs_gpu=', 400, get('/tmplogin?course=demo&needs_gpu=1')],
  ['a path below tmplogin', 404, get('/tmplogin/x?course=demo')],
  ['traversal', 400, get('/tmplogin?course=demo&notebook=../../etc/passwd')],
  ['traversal in the middle', 400, get('/tmplogin?course=demo&notebook=a/../../b.ipynb')],
  ['encoded traversal', 400, get('/tmplogin?course=demo&notebook=%2e%2e%2fa.ipynb')],
  ['traversal with backslashes', 400, get('/tmplogin?course=demo&notebook=..%5C..%5Ca')],
  ['an absolute path', 400, get('/tmplogin?course=demo&notebook=/etc/passwd')],
  ['an absolute Windows path', 400, get('/tmplogin?course=demo&notebook=C:%5Ca')],
  ['an absolute path in /launch', 400, get('/launch/demo/%2fetc%2fpasswd')],
  ['traversal in /launch', 400, get('/launch/demo/..%2f..%2fetc')],
  ['plain traversal in /launch', 400, get('/launch/demo/../../etc/passwd')],
  ['a notebook of 3 kB', 400, get(`/tmplogin?course=demo&notebook=${long.slice(0, 3000)}`)],
  ['a notebook of 10 kB', 414, get(`/tmplogin?course=demo&notebook=${long}`)],
  ['NUL in a notebook', 400, get('/tmplogin?course=demo&notebook=a%00b')],
  ['a control character in a notebook', 400, get('/tmplogin?course=demo&notebook=a%1bb')],
  ['a bidirectional override in a notebook', 400, get('/tmplogin?course=demo&notebook=a%E2%80%AEb')],
  ['a notebook that is not UTF-8', 400, get('/tmplogin?course=demo&notebook=%ff%fe')],
  ['a path that is not UTF-8', 400, get('/launch/demo/%ff%fe')],
  ['a broken escape in a path', 400, get('/launch/demo/100%')],
  ['a broken escape in an LMS link', 400, get('/ipythonExercice/Python/%zz/ann')],
  ['NUL in a path', 400, get('/launch/demo/a%00b')],
  ['an LMS link without a learner', 400, get('/ipythonExercice/Python')],
  ['an LMS link without a notebook', 400, get('/notebookLazyCopy/Python/ann')],
  ['a learner with a line break', 400, get('/ipythonExercice/Python/a/ann%0abob')],
  ['a learner with a slash', 400, get('/ipythonExercice/Python/a/ann%2fbob')],
  ['a learner of 300 characters', 400, get(`/ipythonExercice/Python/a/${long.slice(0, 300)}`)],
  ['an LMS link to traverse with', 400, get('/ipythonExercice/Python/..%2f..%2fa/ann')],
  ['a server without a path', 400, get('/user/')],
  ['a server with half a path', 400, get('/user/ann')],
  ['a server of no course', 404, get('/user/ann/nothing/lab')],
  ['a page of a server with NUL', 400, get('/user/ann/demo/%00')],
  ['traversal in a server', 400, get('/user/ann/demo/../../bob/demo/lab')],
  ['encoded traversal in a server', 400, get('/user/ann/demo/%2e%2e/lab')],
  ['/hub/open to nowhere', 400, get('/hub/open')],
  ['/hub/open to another site', 400, get('/hub/open?to=https://evil.example/')],
  ['/hub/open to another host', 400, get('/hub/open?to=//evil.example/user/a/demo/')],
  ['/hub/open to a page of the hub', 400, get('/hub/open?to=/hub/logout')],
  ['/hub/open with a backslash', 400, get('/hub/open?to=/user/ann/demo/%5C..%5C')],
  ['/hub/open with a line break', 400, get('/hub/open?to=/user/ann/demo/%0d%0ax')],
  ['/hub/open twice', 400, get('/hub/open?to=/user/a/demo/&to=/user/b/demo/')],
]

const addresses: Case[] = [
  ['nothing there', 404, get('/nothing')],
  ['nothing there of 10 kB', 404, get(`/${long}`)],
  ['a broken escape', 400, get('/hub/login/%')],
  ['a broken escape in a parameter', 400, rawRequest('POST', '/hub/servers/%E0%A4%A/stop', own)],
  ['NUL in a parameter', 400, rawRequest('POST', '/hub/servers/a%00b/stop', own)],
  // Node's own parser refuses bytes above 127 by itself, with an empty answer.
  ['raw bytes', [400, 404], get('/caf\xe9')],
  ['raw bytes in a link', [400, 404], get('/tmplogin?course=caf\xe9')],
  ['raw control bytes', 400, get('/tmplogin?course=\x01')],
  ['an address of another host', 404, get('http://evil.example/tmplogin?course=demo')],
  ['an address that is only a query', [400, 404], get('?course=demo')],
  ['an asterisk', [400, 404], rawRequest('OPTIONS', '*')],
  ['a double slash', 404, get('//evil.example/')],
  ['headers of 40 kB', 431, get('/', { 'x-long': long.repeat(4) })],
  ['a body as long as -1', 400, rawRequest('POST', '/hub/launches', { ...asJson, 'content-length': '-1' })],
  ['two lengths', 400, rawRequest('POST', '/hub/launches', { ...asJson, 'content-length': ['1', '2'] }, 'a')],
  [
    'a length and chunks',
    400,
    rawRequest('POST', '/hub/launches', { ...asJson, 'content-length': '1', 'transfer-encoding': 'chunked' }, 'a'),
  ],
  ['no HTTP at all', 400, 'EHLO hub\r\n\r\n'],
]

const methods: Case[] = [
  ...['POST', 'PUT', 'DELETE', 'PATCH'].map(
    (method): Case => [`${method} to an entry link`, 405, rawRequest(method, '/tmplogin?course=demo', own)],
  ),
  ['DELETE of the first page', 405, rawRequest('DELETE', '/', own)],
  ['PUT of a launch', 405, rawRequest('PUT', `/hub/launches/${id}`, own)],
  ['GET of the launches', 405, get('/hub/launches')],
  ['GET of a ticket', 405, get(`/hub/launches/${id}/ticket`)],
  ['GET of the seats', 405, get('/hub/api/seats')],
  ['POST of health', 405, rawRequest('POST', '/health', own)],
  ['POST of a style sheet', 405, rawRequest('POST', staticPath('style.css'), own)],
  ['an unknown method', [400, 405], rawRequest('BREW', '/', own)],
  ['TRACE', 405, rawRequest('TRACE', '/', own)],
  ['PROPFIND', 405, rawRequest('PROPFIND', '/hub/login', own)],
]

const bodies: Case[] = [
  ['no body', 400, rawRequest('POST', '/hub/launches', asJson)],
  ['no JSON', 400, launch('{"link":')],
  ['bytes that are no text', 400, launch('\xff\xfe\x00')],
  ['a list', 400, launch([])],
  ['null', 400, launch('null')],
  ['a number as link', 400, launch({ link: 7 })],
  ['an unknown word', 400, launch({ link: '/tmplogin?course=demo', admin: true })],
  ['__proto__', 400, launch('{"link":"/tmplogin?course=demo","__proto__":{"framed":true},"x":1}')],
  ['a very deep body', 400, launch(`${'['.repeat(8000)}${']'.repeat(8000)}`)],
  ['another type', 415, rawRequest('POST', '/hub/launches', { ...own, 'content-type': 'text/plain' }, '{}')],
  ['16 kB and more', 413, launch({ link: `/${'x'.repeat(20_000)}` })],
  ['a link of 10 kB', 400, link(`/tmplogin?course=${long}`)],
  ['a link of another site', 400, link('https://evil.example/')],
  ['a link that opens nothing', 404, link('/hub/login')],
  ['a link to an unknown course', 404, link('/tmplogin?course=dmeo')],
  ['a link with a broken escape', 400, link('/launch/demo/%')],
  ['a link with NUL', 400, link('/launch/demo/a\u0000b')],
  ['a link with half a character', 400, link('/launch/demo/\ud800')],
  ['a forged proof', 403, launch({ link: '/ipythonExercice/Python/a/ann', proof: 'k1.e30.AAAA' })],
  ['a proof of 10 kB', 400, launch({ link: '/ipythonExercice/Python/a/ann', proof: long })],
  ['a proof of dots', 403, launch({ link: '/ipythonExercice/Python/a/ann', proof: '...' })],
  ['a form with a field twice', 400, rawRequest('POST', '/hub/launches', asForm, 'link=%2Fa&link=%2Fb')],
  ['a form with broken escapes', 400, rawRequest('POST', '/hub/launches', asForm, 'link=%&framed=%zz')],
  ['an empty form', 400, rawRequest('POST', '/hub/launches', asForm, '')],
  ['signing in nowhere', 404, rawRequest('POST', '/hub/login/nothing', asForm, 'username=a')],
  ['a form twice over', 400, rawRequest('POST', '/hub/login/nothing', asForm, 'username=a&username=b')],
  ['a callback of nothing', 400, get('/hub/oauth_callback?code=a&state=b')],
  ['stopping an unknown server', 401, rawRequest('POST', `/hub/servers/${long.slice(0, 2000)}/stop`, own)],
]

const ids: Case[] = [
  ['a launch that never was', 404, get(`/hub/launches/${id}`)],
  ['a launch with a short id', 404, get('/hub/launches/x')],
  ['a launch with NUL', 400, get('/hub/launches/%00')],
  ['events of a launch that never was', 404, get(`/hub/launches/${id}/events`)],
  ['a ticket of a launch that never was', 404, rawRequest('POST', `/hub/launches/${id}/ticket`, asJson, '{}')],
  ['a ticket that never was', 404, rawRequest('POST', '/hub/api/seats', proxy, `{"ticket":"${id}"}`)],
  ['a short ticket', 404, rawRequest('POST', '/hub/api/seats', proxy, '{"ticket":"x"}')],
  ['a ticket with NUL', 404, rawRequest('POST', '/hub/api/seats', proxy, '{"ticket":"\\u0000"}')],
  ['two tickets', 404, rawRequest('POST', '/hub/api/seats', proxy, `{"ticket":["${id}","${id}"]}`)],
  ['no ticket', 404, rawRequest('POST', '/hub/api/seats', proxy, '{}')],
  ['a ticket that is no JSON', 400, rawRequest('POST', '/hub/api/seats', proxy, 'ticket=x')],
  ['a user with NUL', 400, rawRequest('DELETE', '/hub/api/users/a%00b', culler)],
  ['a user that never was', 404, rawRequest('DELETE', `/hub/api/users/${long.slice(0, 5000)}`, culler)],
  ['a page of -1', 400, rawRequest('GET', '/hub/api/users?offset=-1', culler)],
  ['a page beyond all numbers', 400, rawRequest('GET', '/hub/api/users?offset=1e300', culler)],
  ['a page of words', 400, rawRequest('GET', '/hub/api/users?limit=all', culler)],
  ['two pages', 400, rawRequest('GET', '/hub/api/users?limit=1&limit=2', culler)],
  ['a condition that is no date', 400, rawRequest('DELETE', '/hub/api/users/a', culler, '{"last_activity":"now"}')],
]

const cookies = [
  ['empty', ''],
  ['only signs', ';;;===;,'],
  ['of 20 kB', `carrel=${long}${long}`],
  ['not one of ours', 'carrel=../../etc/passwd'],
  ['with NUL escapes', 'carrel=%00%00'],
  ['with raw bytes', 'carrel=\xff\xfe'],
  ['unknown', `carrel=${id}`],
  ['many', Array.from({ length: 500 }, (_, i) => `carrel=${i}`).join('; ')],
  ['with a name of every object', '__proto__=1; constructor=2'],
  ['of another scheme', `__Host-Http-carrel=${id}`],
] as const

onEachDatabase('bad input', (makeDatabase) => {
  let hub: TestHub
  afterEach(async () => hub?.stop())

  const groups: [string, Case[]][] = [
    ['links', links],
    ['addresses', addresses],
    ['methods', methods],
    ['bodies', bodies],
    ['ids and tickets', ids],
  ]
  for (const [group, cases] of groups) {
    it(`answers bad ${group} with a 4xx that helps, and creates nothing`, async () => {
      hub = await startTestHub({ database: await makeDatabase() })
      const wrong: string[] = []
      for (const [what, status, bytes] of cases) {
        const answer = await sendRaw(hub.address, bytes)
        const problem = [status].flat().includes(answer.status) ? helps(bytes, answer) : `status ${answer.status}`
        if (problem !== undefined) wrong.push(`${what}: ${problem}`)
      }
      assert.deepEqual(wrong, [])
      const rows = await countRows(hub.db, 'users', 'servers', 'sessions', 'launches', 'nonces', 'events')
      assert.deepEqual(rows, { users: 0, servers: 0, sessions: 0, launches: 0, nonces: 0, events: 0 })
      assert.deepEqual(
        hub.log.filter((line) => /"level":[56]0/.test(line)),
        [],
      )
    })
  }

  it('refuses a body as soon as it is too large, before its end has arrived', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    const answer = await hub
      .browser()
      .post('/hub/launches', { link: 'x'.repeat(3_000_000) }, { connection: 'keep-alive' })
    assert.equal(answer.status, 413)
    assert.equal(answer.json().error, 'too_large')
  })

  it('logs no error for a client that leaves in the middle of its body', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    const { hostname, port } = new URL(hub.address)
    const socket = connect(Number(port), hostname)
    const bytes = rawRequest('POST', '/hub/launches', { ...asJson, 'content-length': '100' })
    socket.write(`${bytes}{"link":`, () => setTimeout(() => socket.destroy(), 50))
    await until(() => hub.log.some((line) => line.includes('cut_off')))
    assert.ok(!hub.log.some((line) => line.includes('"level":50')))
  })

  it('ignores any bad cookie', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    for (const [what, cookie] of cookies) {
      const page = await sendRaw(hub.address, get('/tmplogin?course=demo', { cookie }))
      assert.equal(page.status, 200, `the link with a cookie ${what}`)
      const posted = await sendRaw(
        hub.address,
        rawRequest('POST', '/hub/launches', { ...asJson, cookie }, '{"link":"/tmplogin?course=demo"}'),
      )
      assert.equal(posted.status, 403, `a launch with a cookie ${what}`)
    }
    assert.deepEqual(await countRows(hub.db, 'users', 'sessions'), { users: 0, sessions: 0 })
  })

  it('names near matches of an unknown course, escaped, and answers scripts with JSON', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    const page = await hub.browser().navigate('/tmplogin?course=%3Cb%3Edmeo')
    assert.match(page.text, /&#60;b&#62;dmeo/)
    assert.match((await hub.browser().navigate('/tmplogin?course=pythn')).text, /href="\/launch\/Python"/)
    const meant = await hub.browser().navigate('/tmplogin?course=pythn&notebook=a%20b/c.ipynb')
    assert.match(meant.text, /href="\/launch\/Python\/a%20b\/c\.ipynb"/)
    const answer = await hub.browser().fetch('/tmplogin?course=pythn', { headers: { accept: 'application/json' } })
    const { error, status, message, error_id, links } = answer.json()
    assert.deepEqual([error, status, links], ['unknown_course', 404, [{ href: '/launch/Python', text: 'Python' }]])
    assert.match(message, /no course named "pythn"/)
    assert.equal(error_id, answer.headers['x-request-id'])
    const unknown = await hub.browser().navigate('/launch/zzz')
    assert.match(unknown.text, /ask whoever gave it to you.* href="\/">Show the courses<\/a>/s)
    assert.doesNotMatch(unknown.text, /Reference:|Try again/)
  })

  it('opens the longest link that it takes, with the widest characters', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    const browser = hub.browser()
    browser.setNonce()
    const begun = await browser.post('/hub/launches', { link: `/launch/demo/${'漢'.repeat(1000)}.ipynb` })
    assert.equal(begun.status, 201, begun.text)
    const page = await browser.navigate(`/hub/launches/${begun.json().launch}`)
    assert.equal(page.status, 200)
  })

  it('leads no try on a page to another host', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    await hub.db.schema.renameTable('sessions', 'sessions_away')
    const browser = hub.browser()
    browser.jar.set('carrel', 'x'.repeat(43))
    for (const target of ['//evil.example/launch/demo', '/\\evil.example', '/\\/evil.example']) {
      const page = await browser.navigate(target)
      assert.equal(page.status, 500, target)
      assert.match(page.text, /href="\/evil\.example[^"]*">Try again<.*Reference: <code>[\w-]{36}</s)
    }
  })

  it('answers an internal error with 500 and an id only, and logs the reason', async () => {
    hub = await startTestHub({ database: await makeDatabase() })
    await hub.db.schema.renameTable('nonces', 'nonces_away')
    const browser = hub.browser()
    browser.setNonce()
    const answer = await browser.post('/hub/launches', { link: '/tmplogin?course=demo' })
    assert.equal(answer.status, 500)
    const { error, error_id, message } = answer.json()
    assert.equal(error, 'internal')
    assert.doesNotMatch(message, /nonces|select|insert/)
    assert.equal(hub.log.filter((line) => line.includes(error_id) && line.includes('"level":50')).length, 1)
  })
})

/**
 * Returns undefined if the answer says what happened and what to do, otherwise what is wrong with it. A request that
 * the parser refuses has no page.
 */
function helps(bytes: string, { status, type, body }: { status: number; type: string; body: string }) {
  if (body === '' && (status === 400 || status === 431)) return undefined
  const wanted = bytes.includes('accept: text/html') ? 'text/html' : 'application/json'
  if (type !== wanted) return `type ${type}`
  if (!/<main[^>]*>\s*<h1>[^<]+<\/h1>\s*<p>[^<]{20,}/.test(body)) return `no helpful sentence in ${body}`
  return /Reference:/.test(body) ? 'a reference to a log that says no more' : undefined
}
