/** Attacks by holes that other hubs had, named by the ids under which operators know them. */
import type { Spawner, SpawnerPlugin } from '../../../spawners/spawner.ts'
import { createFakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, hubUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../hub/people.ts'
import { rawRequest, sendRaw } from '../../hub/raw-request.ts'
import { type Attack, attacks } from '../table.ts'

/** Text that breaks out of an attribute, a tag, a script and a comment, in this order. */
const markup = `zq"'><img src=x onerror=alert(1)></script><!--\``
const forms = { accept: 'text/html' }

/** Returns the markup in a response that does not come from the hub. */
function echoed(text: string): string[] {
  return [...text.matchAll(/zq["'>]|<img(?! src="\/hub\/static\/)|onerror=alert\(1\)>|<!--/g)].map(([found]) => found)
}

/** Wraps a spawner so that `images` gets the image of each start. */
function watched(plugin: SpawnerPlugin, images: string[]): SpawnerPlugin {
  return {
    ...plugin,
    async open(options): Promise<Spawner> {
      const spawner = await plugin.open(options)
      return {
        ...spawner,
        start(spec, context) {
          images.push(spec.image)
          return spawner.start(spec, context)
        },
      }
    },
  }
}

describe('attack: what other hubs were attacked with', () => {
  const images: string[] = []
  const world = createFakeServers()
  let hub: TestHub
  let ann: HttpBrowser
  before(async () => {
    const spawner = watched(quickSpawner(world), images)
    const config = {
      spawner,
      authenticators: visitorsAndPeople(),
      admins: ['ann'],
      servers: { url: 'http://*.nb.test' },
    }
    hub = await startTestHub({ world, config })
    ann = hub.browser()
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
  })
  after(async () => {
    await hub.stop()
    await world.close()
  })

  const word = encodeURIComponent(markup)
  const own = 'A'.repeat(43)
  const pages = [
    ...[`/hub/login?next=/${word}`, `/hub/login?next=${word}`, `/hub/login?${word}=x`, `/hub/logout?${word}`],
    ...[`/hub/window?challenge=${own}&next=/${word}`, `/hub/window?challenge=${word}&next=/`, `/hub/window?${word}`],
    ...[`/hub/open?to=/user/ann/demo/${word}`, `/hub/open?to=${word}`, `/hub/tab?to=/user/ann/demo/${word}`],
    ...[`/hub/tab?to=${word}`, `/user/ann/demo/${word}`, `/user/ann/demo/lab?${markup.replaceAll(' ', '+')}`],
    ...[`/user/${word}/demo/`, `/tmplogin?course=${word}`, `/tmplogin?course=demo&notebook=${word}`],
    ...[`/tmplogin?course=demo&fresh=${word}`, `/launch/${word}`, `/launch/demo/${word}`, `/launch/demo?${word}`],
    ...[`/ipythonExercice/Python/${word}/ann`, `/notebookLazyCopy/Python/a/${word}`, `/hub/launches/${word}`],
    ...[`/hub/admin?q=${word}`, `/hub/admin?page=${word}`, `/hub/admin/users/${word}/remove`, `/hub/share/${word}`],
    ...[`/hub/admin/users/${word}/block?q=${word}`, `/hub/admin/servers/${word}/stop`, `/hub/servers/${word}/stop`],
    ...[`/hub/admin/servers?q=${word}&course=${word}&state=${word}`, `/hub/admin/users/${word}`],
    ...[`/hub/admin/search?q=${word}`, `/hub/admin?group=${word}&way=${word}`, `/hub/admin/chosen?act=${word}`],
    ...[`/hub/admin/events?kind=${word}&user=${word}&by=${word}&course=${word}&from=${word}&before=${word}`],
    ...[`/hub/token/${word}/revoke`, `/hub/course/demo/servers/${word}/stop`, `/hub/home?notice=${word}`],
    ...[`/hub/course/${word}`, `/hub/course/demo?q=${word}&state=${word}`, `/hub/oauth_callback?error=${word}`],
    ...[`/${word}`, `/hub/${word}`, `/hub/static/${word}`, `/hub/home?${word}`, `/hub/token?${word}`, `/?${word}`],
  ]
  const posts: [string, Record<string, string>][] = [
    ['/hub/login/local', { username: markup, password: 'wrong', next: `/${markup}` }],
    [`/hub/login/${word}`, { username: 'a', password: 'b' }],
    ['/hub/launches', { link: `/launch/demo/${markup}`, framed: 'false' }],
    ['/hub/launches', { link: '/launch/demo', [markup]: markup }],
    ['/hub/launches', { link: '/launch/demo', code: markup, proof: markup }],
    ['/hub/guests', { to: `/user/ann/demo/${markup}` }],
    ['/hub/share/demo/add', { kind: markup, name: markup }],
    ['/hub/token', { note: markup, days: '1' }],
    ['/hub/logout', { everywhere: markup }],
  ]

  const table: Attack[] = [
    {
      name: 'GHSA-c4gm-pwx9-9w8j: writes quotes and tags into every address, signed in and not',
      rule: 'echo',
      attempt: async () => {
        const found: string[] = []
        for (const path of pages) {
          for (const browser of [ann, hub.browser()]) {
            const { status, text } = await browser.navigate(path)
            found.push(...echoed(text).map((what) => `${path}: ${what}`))
            if (status >= 500) found.push(`${path}: ${status}`)
          }
        }
        return found
      },
      expected: [],
    },
    {
      name: 'GHSA-c4gm-pwx9-9w8j: writes them into every form',
      rule: 'echo',
      attempt: async () => {
        const found: string[] = []
        for (const [path, fields] of posts) {
          const bob = hub.browser()
          await bob.submit('/hub/login/local', { username: 'bob', password: 'right' })
          const { status, text } = await bob.submit(path, fields, forms)
          found.push(...echoed(text).map((what) => `${path}: ${what}`))
          if (status >= 500) found.push(`${path}: ${status}`)
        }
        return found
      },
      expected: [],
    },
    {
      name: 'GHSA-c4gm-pwx9-9w8j: has a name, a note and a display name of markup, on the pages of an admin',
      rule: 'echo',
      attempt: async () => {
        const eve = hub.browser()
        await eve.submit('/hub/login/local', { username: markup, password: 'right' })
        const made = await eve.submit('/hub/token', { note: markup, days: '1' })
        await eve.open('/launch/demo')
        const seen = [made, await eve.navigate('/hub/home'), await eve.navigate('/hub/token')]
        seen.push(await eve.navigate('/hub/logout'), await ann.navigate('/hub/admin'))
        const { id } = await hub.db('users').where({ name: markup }).first('id')
        for (const act of ['remove', 'block', 'sign-out'])
          seen.push(await ann.navigate(`/hub/admin/users/${id}/${act}`))
        const done = await ann.submit(`/hub/admin/users/${id}/sign-out`)
        seen.push(await ann.navigate(String(done.headers.location)))
        return seen.map(({ status, text }) => [status, echoed(text)])
      },
      expected: Array(9).fill([200, []]),
    },
    {
      name: 'CVE-2026-27959: gives a Host with another name, blanks or two ports',
      rule: 'hosts',
      attempt: async () => {
        const hosts = [
          'evil.test:x@hub.test',
          'hub.test@evil.test',
          'hub.test evil.test',
          'hub.test:80:81',
          'hub.test:x',
        ]
        hosts.push(
          'hub.test,evil.test',
          'hub.test/evil.test',
          'hub.test?x',
          '[::1',
          '[::1]x',
          'h\u00fcb.test',
          'hub.test\\x',
        )
        hosts.push('http://hub.test', 'x'.repeat(300))
        const answers = await Promise.all(
          hosts.map((host) => sendRaw(hub.address, rawRequest('GET', '/hub', { host }))),
        )
        const plain = ['hub.test', 'hub.test:80', '127.0.0.1:8081', '[::1]:80', 'evil.test']
        const others = await Promise.all(plain.map((host) => sendRaw(hub.address, rawRequest('GET', '/hub', { host }))))
        return [new Set(answers.map(({ status }) => status)), others.map(({ status, body }) => [status, body])]
      },
      expected: [new Set([400]), Array(5).fill([302, 'Redirecting to /.'])],
    },
    {
      name: 'CVE-2026-54338: sends names and headers of any length: a few hundred bytes are logged of each',
      rule: 'log lines',
      attempt: async () => {
        const long = 'x'.repeat(1_048_576)
        const form = {
          origin: hubUrl,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        }
        const messages = [
          rawRequest('POST', '/hub/login/local', form, `username=${long}&password=x`),
          rawRequest('POST', '/hub/login/local', form, `username=${long.slice(0, 16_000)}&password=x`),
          rawRequest('POST', '/hub/login/local', form, `username=a&password=${long.slice(0, 16_000)}`),
          rawRequest('GET', `/${long.slice(0, 30_000)}`),
          rawRequest('GET', `/hub/login?next=${long.slice(0, 30_000)}`),
          ...['x-request-id', 'user-agent', 'referer', 'authorization', 'cookie', 'accept', 'origin'].map((name) =>
            rawRequest('GET', '/hub/api/user', { [name]: long.slice(0, 30_000) }),
          ),
        ]
        const sizes = []
        for (const message of messages) {
          const before = hub.log.length
          await sendRaw(hub.address, message)
          sizes.push(hub.log.slice(before).join('').length)
        }
        return sizes.filter((size) => size > 2500)
      },
      expected: [],
    },
    {
      name: 'GHSA-hfgr-h3vc-p6c2: names an image in the query, the body, a form and what is remembered',
      rule: 'images',
      attempt: async () => {
        const evil = 'evil.example/miner'
        const eve = hub.browser()
        await eve.submit('/hub/login/local', { username: 'eve', password: 'right' })
        const links = [`/tmplogin?course=demo&image=${evil}`, `/launch/demo?image=${evil}&profile=${evil}&spec=${evil}`]
        links.push(`/launch/demo?user_options[image]=${evil}`, `/hub/open?to=/user/eve/demo/lab&image=${evil}`)
        for (const link of links) await eve.open(link)
        const bodies = [
          { image: evil },
          { user_options: { image: evil } },
          { spec: { image: evil } },
          { profile: evil },
        ]
        const refused = []
        for (const body of bodies)
          refused.push((await eve.post('/hub/launches', { link: '/launch/third', ...body })).status)
        for (const body of bodies) {
          const fields = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)]))
          refused.push(
            (await eve.submit('/hub/launches', { link: '/launch/third', framed: 'false', ...fields })).status,
          )
        }
        const made = await eve.submit('/hub/token', { note: 'x', days: '1' })
        const authorization = `token ${/carrel-user-[\w-]{43}/.exec(made.text)?.[0]}`
        for (const body of bodies)
          refused.push((await hub.browser().post('/hub/api/users/eve/servers/third', body, { authorization })).status)
        // The hub does not remember the refused image either.
        const named = [
          `/launch/${encodeURIComponent(evil)}`,
          `/tmplogin?course=${evil}`,
          `/user/eve/${encodeURIComponent(evil)}/lab`,
        ]
        const pages = await Promise.all(named.map(async (link) => (await eve.navigate(link)).status))
        await eve.enter('/launch/third')
        return [new Set(refused), pages, images.filter((image) => !['demo', 'third'].includes(image))]
      },
      expected: [new Set([400]), [404, 404, 400], []],
    },
  ]
  attacks(table)
})
