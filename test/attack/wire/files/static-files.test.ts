import { staticLabel } from '../../../../seats/files/static-files.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { until } from '../../../helpers/until.ts'
import { icon, main, staticArchive } from '../../../proxy/static-files/archive.ts'
import { accessOf, addRoute, ask, foreignLink, ownPage, routeOf, temporaryFolder } from '../../../proxy/world.ts'
import { type Attack, attacks } from '../../table.ts'
import { bobs, knock, startWire, type Wire } from '../wire.ts'

const digest = 'ab'.repeat(32)
const bobsDigest = 'cd'.repeat(32)
const asScript = { ...ownPage, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', cookie: '' }
const address = (name: string, of = digest) => `/_carrel/static/${of}/${name}`

describe('attack: the addresses of static files', () => {
  const cleanup = cleanupAfterAll()
  /** Servers with hosts of their own, and at one host. */
  let own: Wire
  let shared: Wire

  before(async () => {
    own = await open('http://*.nb.test')
    shared = await open('http://nb.test')
  })

  async function open(serversUrl: string): Promise<Wire> {
    const wire = await startWire(cleanup, { serversUrl, staticFolder: await temporaryFolder(cleanup) })
    wire.hub.archives.set(digest, await staticArchive())
    wire.hub.archives.set(bobsDigest, await staticArchive({ 'plain/static/lab/bobs.efd36b46f3b45eb8.js': 'bob' }))
    await addRoute(wire.proxy, routeOf(wire.ann, { revision: 2, access: accessOf({ static: digest }) }))
    const access = { ...bobs, static: bobsDigest }
    await addRoute(wire.proxy, routeOf(wire.bob, { path: '/user/bob/demo/', revision: 2, access }))
    const host = (of: string) => (serversUrl.includes('*') ? `${staticLabel(of)}.nb.test` : 'nb.test')
    for (const each of [digest, bobsDigest]) {
      const look = () => ask(wire.url, address(main, each), { host: host(each), headers: asScript })
      await until(async () => (await look()).status === 200, 'the files at the proxy')
    }
    return wire
  }

  const ownHost = `${staticLabel(digest)}.nb.test`
  const atOwn = (path: string, headers: Record<string, string> = {}, method = 'GET', host = ownHost) =>
    knock(own, path, { host, method, headers: { ...asScript, ...headers } })
  const atShared = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    knock(shared, path, { method, headers: { ...asScript, ...headers } })
  /** Does the same at both kinds of hosts. */
  const atBoth = async (...asked: Parameters<typeof atShared>) => [await atOwn(...asked), await atShared(...asked)]
  const nothing = ['404 not_found', '404 not_found']

  const dests = ['document', 'iframe', 'frame', 'embed', 'object', 'serviceworker', 'worker', 'sharedworker', 'xslt']
  attacks([
    ...dests.map(
      (dest): Attack => ({
        name: `has a browser open a file as ${dest}`,
        rule: 'static files',
        attempt: () => atBoth(address(icon), { 'sec-fetch-dest': dest }),
        expected: nothing,
      }),
    ),
    {
      name: 'links to a file',
      rule: 'static files',
      attempt: async () => (await atBoth(address(icon), foreignLink)).map((answer) => answer.split(' ')[0]),
      expected: ['404', '404'],
    },
    {
      name: 'has an old browser register a service worker',
      rule: 'static files',
      attempt: () => atBoth(address(main), { 'sec-fetch-dest': '', 'service-worker': 'script' }),
      expected: nothing,
    },
    {
      name: 'has an old browser open a picture with a script in it: it is in a sandbox, and does nothing',
      rule: 'static files',
      attempt: async () => {
        const { status, headers } = await ask(own.url, address(icon), { host: ownHost })
        return [status, headers['content-security-policy'], headers['x-content-type-options']]
      },
      expected: [200, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox", 'nosniff'],
    },
    ...['POST', 'PUT', 'DELETE', 'OPTIONS'].map(
      (method): Attack => ({
        name: `writes a file there by ${method}`,
        rule: 'static files',
        attempt: () => atBoth(address(main), {}, method),
        expected: nothing,
      }),
    ),
    ...[
      address('../../../etc/passwd'),
      address('static/lab/../lab/main.efd36b46f3b45eb8.js'),
      address('static%2flab%2fmain.efd36b46f3b45eb8.js'),
      address('plain/static/lab/main.efd36b46f3b45eb8.js'),
      address('files.json'),
      address(''),
      `/_carrel/static/${digest}`,
      `/_carrel/static/..%2f${digest}/${main}`,
      `/_carrel/static/${digest.toUpperCase()}/${main}`,
      `/_carrel/static/__proto__/${main}`,
    ].map(
      (path): Attack => ({
        name: `spells ${path.replace(digest, 'DIGEST')} to get at other files`,
        rule: 'static files',
        attempt: async () => (await atBoth(path)).map((answer) => /^(400|404) \w+$/.test(answer)),
        expected: [true, true],
      }),
    ),
    {
      name: 'asks for the file of another image, at the host or the address of this one',
      rule: 'static files',
      attempt: async () => [
        await atOwn(address('static/lab/bobs.efd36b46f3b45eb8.js')),
        await atOwn(address('static/lab/bobs.efd36b46f3b45eb8.js', bobsDigest)),
        await atShared(address('static/lab/bobs.efd36b46f3b45eb8.js')),
      ],
      expected: Array(3).fill('404 not_found'),
    },
    {
      name: 'has a server answer at the host of static files, with its own seat',
      rule: 'static files',
      attempt: () => knock(own, '/user/ann/demo/lab', { host: ownHost }),
      expected: '404 not_found',
    },
    {
      name: 'asks a server’s host for static files, which would be of the same origin there',
      rule: 'static files',
      attempt: () => knock(own, address(main), { host: 'label0001.nb.test', headers: asScript }),
      expected: '404 not_found',
    },
    {
      name: 'gives a host that is nearly one of static files',
      rule: 'static files',
      attempt: () =>
        Promise.all(
          ['s-.nb.test', `s-${digest}.nb.test`, `x.${ownHost}`, `s_${digest.slice(0, 40)}.nb.test`].map((host) =>
            atOwn(address(main), {}, 'GET', host),
          ),
        ),
      expected: Array(4).fill('421 host_wrong'),
    },
    {
      name: 'makes up digests by the thousand: hubs are asked for few of them, and the files that are there go on',
      rule: 'static files',
      attempt: async () => {
        const before = shared.hub.requests.length
        for (let count = 0; count < 1000; count += 1)
          await ask(shared.url, address(main, count.toString(16).padStart(64, '0')), { headers: asScript })
        const asked = shared.hub.requests.length - before
        return [asked <= 100, await atShared(address(main))]
      },
      expected: [true, '200'],
    },
    {
      name: 'plants cookies by a file, or reads them',
      rule: 'static files',
      attempt: async () => {
        const { headers } = await ask(shared.url, address(main), { headers: { ...asScript, cookie: 'a=b' } })
        return [headers['set-cookie'], headers.vary, headers['access-control-allow-credentials']]
      },
      expected: [undefined, 'Accept-Encoding', undefined],
    },
  ])
})
