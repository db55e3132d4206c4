import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { password } from '../../../../authenticators/password.ts'
import { readLogo } from '../../../../config/sections/site.ts'
import { placeOf } from '../../../../hub/views/parts/header.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { visitorsAndPeople } from '../../people.ts'

describe('the header of pages', () => {
  let hub: TestHub
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-logo-'))
    await writeFile(
      join(folder, 'logo.svg'),
      '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>',
    )
    const { logo } = await readLogo({ site: { logo: './logo.svg' } }, folder)
    hub = await startTestHub({
      config: {
        authenticators: [...visitorsAndPeople(), password()],
        servers: { url: 'http://*.nb.test' },
        admins: ['root'],
        site: { name: 'Learning & more', help: 'https://help.example.org/' },
        courses: {
          demo: { image: 'demo', staff: ['grace'] },
          framed: { image: 'framed', embed: { ancestors: ['https://lms.example.org'] } },
        },
      },
      ...(logo && { logo }),
    })
  })
  after(async () => {
    await hub?.stop()
    await rm(folder, { recursive: true })
  })

  const signedIn = async (username: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    return browser
  }
  const linksOf = (text: string) =>
    [...(/<header.*<\/header>/s.exec(text)?.[0] ?? '').matchAll(/href="([^"]*)"/g)].map(([, href]) => href)

  it('names the site on each page, those about errors too, and leads to its help', async () => {
    for (const path of ['/hub/login', '/hub/nothing', '/launch/nothing']) {
      const { text } = await hub.browser().navigate(path)
      assert.match(text, /<title>[^<]* – Learning &#38; more<\/title>/, path)
      assert.match(text, /<a class="brand" href="\/"><img src="[^"]*" alt="">Learning &#38; more<\/a>/, path)
      assert.deepEqual(linksOf(text), ['/', 'https://help.example.org/'], path)
    }
  })

  it('leads each user to what is open to this user, and marks where the page is', async () => {
    const account = ['/hub/snapshots', '/hub/token', '/hub/logout']
    const ann = (await (await signedIn('ann')).navigate('/hub/home')).text
    assert.deepEqual(linksOf(ann), ['/', '/hub/home', 'https://help.example.org/', ...account])
    assert.match(ann, /<a href="\/hub\/home" aria-current="page">My notebooks<\/a>/)
    const grace = (await (await signedIn('grace')).navigate('/hub/home')).text
    const staff = ['/hub/home', '/hub/my-courses', '/hub/support']
    assert.deepEqual(linksOf(grace), ['/', ...staff, 'https://help.example.org/', ...account])
    const root = (await (await signedIn('root')).navigate('/hub/admin/maintenance')).text
    assert.ok(['/hub/admin', '/hub/admin/accounts', '/hub/my-courses'].every((href) => linksOf(root).includes(href)))
    assert.match(root, /<a href="\/hub\/admin\/maintenance" aria-current="page">/)
    assert.match(root, /<a href="\/hub\/admin" aria-current="true">Administration<\/a>/)
    assert.equal(root.match(/aria-current/g)?.length, 2)
    assert.match(root, /<form class="find" method="get" action="\/hub\/admin\/search"/)
    // The keyboard goes in the order that is seen: search and user stand in the first line, the places below them.
    const order = ['class="brand"', 'class="find"', 'class="me"', 'class="places"', 'class="places inside"']
    const at = order.map((part) => root.indexOf(part))
    assert.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
      'in this order',
    )
    assert.doesNotMatch(grace, /class="find"/)
  })

  it('leads staff to all pages about a course, on each of them, and from one list of courses', async () => {
    const grace = await signedIn('grace')
    assert.match((await grace.navigate('/hub/my-courses')).text, /<h2>demo<\/h2>.*href="\/hub\/course\/demo"/s)
    const about = ['', '/runs', '/snapshots'].map((page) => `/hub/course/demo${page}`)
    const pages = [...about, '/hub/my-courses/demo/announcements']
    for (const page of pages) {
      const { text } = await grace.navigate(page)
      assert.deepEqual(linksOf(text).slice(-pages.length), pages)
      assert.ok(text.includes(`<a href="${page}" aria-current="page">`), page)
    }
    const ann = await signedIn('ann')
    assert.equal((await ann.navigate('/hub/my-courses')).status, 403)
  })

  it('marks the place with the longest address above the page', () => {
    const places = [
      { href: '/hub/admin', text: 'Users' },
      { href: '/hub/admin/accounts', text: 'Accounts', also: ['/hub/admin/import'] },
    ]
    for (const [path, text] of [
      ['/hub/admin/users/1/block', 'Users'],
      ['/hub/admin/import/confirmed', 'Accounts'],
      ['/hub/administrators', undefined],
    ] as const)
      assert.equal(placeOf(path, places)?.text, text, path)
  })

  it('stands in no frame, where the page around has one', async () => {
    const framed = await hub.browser().navigate('/launch/framed', { 'sec-fetch-dest': 'iframe' })
    const alone = await hub.browser().navigate('/launch/framed')
    // Browsers say nothing of it to a hub by http, and old ones never.
    const silent = await hub.browser().fetch('/launch/framed', { headers: { accept: 'text/html' } })
    assert.deepEqual(
      [framed, alone, silent].map(({ text }) => text.includes('class="skip"')),
      [false, true, true],
    )
  })

  it('shows a picture that can do nothing when it is opened as a page of its own', async () => {
    const browser = hub.browser()
    const [, path = ''] = /<img src="([^"]*)"/.exec((await browser.navigate('/hub/login')).text) ?? []
    assert.match(path, /^\/hub\/logo\/[0-9a-f]{16}\.svg$/)
    const { status, headers } = await browser.navigate(path)
    assert.deepEqual([status, headers['content-type']], [200, 'image/svg+xml'])
    assert.equal(headers['content-security-policy'], "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })
})
