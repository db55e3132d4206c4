import assert from 'node:assert/strict'
import { labPlace } from '../../../proxy/requests/jupyterlab.ts'
import { createOpenConnections } from '../../../proxy/requests/open-connections.ts'
import { signingKey } from '../../../seats/keys.ts'
import { signLanding } from '../../../seats/landing.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  ask,
  cookieOf,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  seatOf,
  serversUrl,
  siteForEach,
} from '../world.ts'

const path = '/user/ann/demo/'

describe('the way into JupyterLab', () => {
  const places: [string, string, boolean, ReturnType<typeof labPlace>][] = [
    [
      'a notebook in the workspace of the course',
      'lab/workspaces/demo/tree/week%201/a%20b.ipynb',
      false,
      {
        path,
        workspace: 'demo',
        base: 'demo',
        before: '',
        rest: '/tree/week%201/a%20b.ipynb',
        notebook: 'week 1/a b.ipynb',
      },
    ],
    [
      'another file, in a workspace with a number',
      'lab/workspaces/demo-2/tree/a.md',
      false,
      { path, workspace: 'demo-2', base: 'demo', before: '', rest: '/tree/a.md', notebook: undefined },
    ],
    [
      'no file',
      'lab/workspaces/demo',
      false,
      { path, workspace: 'demo', base: 'demo', before: '', rest: '', notebook: undefined },
    ],
    [
      'a guest in the workspace of guests',
      'lab/workspaces/ann-demo/tree/a.ipynb',
      true,
      { path, workspace: 'ann-demo', base: 'ann-demo', before: '', rest: '/tree/a.ipynb', notebook: 'a.ipynb' },
    ],
    [
      'a notebook whose name is spelled wrongly',
      'lab/workspaces/demo/tree/%E0%A4%A.ipynb',
      false,
      { path, workspace: 'demo', base: 'demo', before: '', rest: '/tree/%E0%A4%A.ipynb', notebook: undefined },
    ],
    [
      'a notebook in a desk',
      '_carrel/desk/lab/workspaces/demo/tree/a.ipynb',
      false,
      {
        path,
        workspace: 'demo',
        base: 'demo',
        before: '_carrel/desk/',
        rest: '/tree/a.ipynb',
        notebook: 'a.ipynb',
      },
    ],
    ['a workspace that a user has named', 'lab/workspaces/mine/tree/a.ipynb', false, undefined],
    ['a workspace whose name only begins like the course', 'lab/workspaces/demos/tree/a.ipynb', false, undefined],
    ['a workspace that JupyterLab has named', 'lab/workspaces/auto-x/tree/a.ipynb', false, undefined],
    ['a guest in the workspace of the owner', 'lab/workspaces/demo/tree/a.ipynb', true, undefined],
    ['a query, which may tell JupyterLab what to do', 'lab/workspaces/demo/tree/a.ipynb?reset', false, undefined],
    ['no workspace', 'lab/tree/a.ipynb', false, undefined],
    ['Notebook', 'notebooks/a.ipynb', false, undefined],
    ['another program', 'proxy/8080/lab/workspaces/demo', false, undefined],
  ]
  for (const [what, inside, guest, place] of places) {
    it(`${place === undefined ? 'leads straight on' : 'knows the place'} for ${what}`, () => {
      assert.deepEqual(labPlace(path, path + inside, { guest }), place)
    })
  }

  it('is another path than that of the server for a server of another path', () => {
    assert.equal(labPlace('/user/bob/demo/', `${path}lab/workspaces/demo`, { guest: false }), undefined)
  })
})

describe('the page of a new seat, for JupyterLab', () => {
  const site = siteForEach({ route: { access: accessOf({ guests: ['u2'] }) } })
  const seatKey = signingKey(keys.all[0], 'seat', 's1', 1)

  const look = async (inside: string, { guest = false } = {}) => {
    const seat = seatOf({ user: guest ? 'u2' : 'u1' })
    const signed = signLanding(seatKey, 'seat-1', path + inside, Date.now() + 60_000)
    return ask(site.proxy.urls[0], `${path}_carrel/seated?to=${signed}`, {
      headers: { accept: 'text/html', referer: `${hubUrl}/`, cookie: cookieOf(seat) },
    })
  }
  const policyOf = ({ headers }: Awaited<ReturnType<typeof look>>) => String(headers['content-security-policy'])

  it('chooses and prepares a workspace, and may ask its own origin only', async () => {
    const answer = await look('lab/workspaces/demo/tree/a.ipynb')
    assert.match(answer.body, /"path":"\/user\/ann\/demo\/","workspace":"demo","base":"demo"/)
    assert.match(policyOf(answer), /^default-src 'none'.*; connect-src 'self'$/)
    // A browser without script goes where the address says.
    assert.match(answer.body, /content="0;url=\/user\/ann\/demo\/lab\/workspaces\/demo\/tree\/a.ipynb"/)
  })

  it('waits for the answers of other tabs only where something is open at the server', async () => {
    const isQuiet = async () => /"quiet":(\w+)/.exec((await look('lab/workspaces/demo')).body)?.[1]
    assert.equal(await isQuiet(), 'true')
    assert.equal(await isQuiet(), 'false', 'while the first page is on its way')
    const socket = openWebSocket(site.proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    assert.equal(await outcome(socket), 'open')
    assert.equal(await isQuiet(), 'false')
    socket.close()
    await until(async () => (await isQuiet()) === 'true', 'the end of the WebSocket')
  })

  it('always waits where several workers each know a part of what is open', () => {
    assert.equal(createOpenConnections(2).isQuiet('s1', Date.now()), false)
  })

  it('gives a guest no workspace of the owner', async () => {
    const guest = await look('lab/workspaces/ann-demo/tree/a.ipynb', { guest: true })
    assert.match(guest.body, /"base":"ann-demo"/)
    const owner = await look('lab/workspaces/demo/tree/a.ipynb', { guest: true })
    assert.doesNotMatch(owner.body, /"base"/)
  })

  it('asks nothing on the way to other pages', async () => {
    for (const inside of ['lab/workspaces/mine/tree/a.ipynb', 'notebooks/a.ipynb', 'tree']) {
      const answer = await look(inside)
      assert.doesNotMatch(policyOf(answer), /connect-src/)
      const [, script = ''] = /<script nonce="[^"]+">([^<]*)<\/script>/.exec(answer.body) ?? []
      assert.match(script, /^\(function goTo\(to *\) *\{\s*location\.replace\(to\)\s*\}\)\("[^"]+"\)$/)
      assert.ok(script.endsWith(`/user/ann/demo/${inside}")`), script)
    }
  })

  it('holds a script that no name of a file ends', async () => {
    const answer = await look('lab/workspaces/demo/tree/%3C%2Fscript%3E%3Cscript%3Ealert(1)%2F%2F.ipynb')
    const script = /<script nonce="[^"]+">([\s\S]*?)<\/script>/.exec(answer.body)?.[1] ?? ''
    assert.match(script, /"notebook":"\\u003c\/script>\\u003cscript>alert\(1\)\/\/\.ipynb"/)
    assert.equal(answer.body.match(/<script/g)?.length, 1)
    assert.doesNotThrow(() => new Function(script))
  })
})
