import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigInput } from '../../config/config.ts'
import { hubUrl, startTestHub, type TestHub } from '../helpers/test-hub.ts'
import { visitorsAndPeople } from './people.ts'

describe('the hub, where servers have', () => {
  let hub: TestHub
  const startWith = async (config: Partial<ConfigInput>) => {
    hub = await startTestHub({ config: { authenticators: visitorsAndPeople(), ...config } })
  }
  afterEach(() => hub?.stop())

  /** Returns the address to which a launch sends its browser, and the addresses that its page allows forms to use. */
  async function entrance(): Promise<{ action: string; path: string; forms: string; label: string }> {
    const browser = hub.browser()
    const launch = await browser.open('/tmplogin?course=demo')
    await browser.follow(launch)
    const { action } = (await browser.post(`/hub/launches/${launch}/ticket`)).json()
    const page = await browser.navigate(`/hub/launches/${launch}`)
    assert.match(
      page.text,
      new RegExp(`<form method="post" action="${RegExp.escape(action)}" id="enter" data-tells="false">`),
    )
    const forms = /form-action ([^;]*)/.exec(String(page.headers['content-security-policy']))?.[1] ?? ''
    const [row] = await hub.db('servers').select('label', 'path')
    return { action, forms, ...row }
  }

  it('a host each: a launch leads to the host of its own server', async () => {
    await startWith({ servers: { url: 'http://*.nb.test' } })
    const { action, label, forms } = await entrance()
    assert.match(label, /^[a-z0-9]{8,32}$/)
    assert.equal(action, `http://${label}.nb.test/_carrel/seat`)
    assert.equal(forms, "'self' http://*.nb.test")
  })

  it('a host each, below the hub’s: a page that waits is told where to connect early', async () => {
    await startWith({ servers: { url: 'http://*.nb.hub.test' } })
    const browser = hub.browser()
    await browser.enter('/tmplogin?course=demo')
    const { connects } = (await browser.post('/hub/launches', { link: '/tmplogin?course=demo' })).json()
    const [{ label }] = await hub.db('servers').select('label')
    assert.equal(connects, `http://${label}.nb.hub.test`)
    const again = await browser.navigate('/tmplogin?course=demo')
    assert.equal(again.headers.link, `<${connects}>; rel=preconnect`)
  })

  it('a host each, of its own site: pages that wait bring the static files of the course, and ask no other host', async () => {
    await startWith({ servers: { url: 'http://*.nb.hub.test' } })
    const browser = hub.browser()
    await browser.enter('/launch/third')
    const digest = 'ab'.repeat(32)
    await hub.db('bundles').insert({
      ...{ digest, bytes: 0, files: 1, has_links: false, created: 0, used: 0 },
    })
    await hub.db('static_files').insert({ image: 'sha256:a', digest, tried: 0, used: 0 })
    await hub.db('course_images').insert({ course: 'demo', image: 'sha256:a' })
    const { files } = (await browser.post('/hub/launches', { link: '/tmplogin?course=demo' })).json()
    assert.equal(files, `http://s-${digest.slice(0, 40)}.nb.hub.test/_carrel/static/${digest}/`)
    const page = await browser.navigate('/tmplogin?course=demo')
    assert.match(page.text, new RegExp(`data-files="(${files})?"`))
    assert.match(String(page.headers['content-security-policy']), /; connect-src 'self' http:\/\/\*\.nb\.hub\.test; /)
    const home = await browser.navigate('/hub/home')
    assert.match(String(home.headers['content-security-policy']), /; connect-src 'self'; /)
  })

  it('one host for all: every launch leads to that host', async () => {
    await startWith({ servers: { url: 'http://nb.test' } })
    const { action, forms } = await entrance()
    assert.equal(action, 'http://nb.test/_carrel/seat')
    assert.equal(forms, "'self' http://nb.test")
  })

  describe("the hub's own host", () => {
    const roles = {
      admins: ['root'],
      groups: { teachers: ['ann'] },
      courses: {
        demo: { image: 'demo', staff: ['group:teachers' as const] },
        other: { image: 'other', staff: ['bob'] },
      },
    }
    const signIn = async (username: string) => {
      const browser = hub.browser()
      const answer = await browser.submit('/hub/login/local', { username, password: 'right', next: '/hub/home' })
      return { browser, answer }
    }

    it('causes a warning at the start, and a launch leads to it', async () => {
      await startWith({ servers: { url: hubUrl, shareHubOrigin: true } })
      const warnings = hub.log.filter((line) => JSON.parse(line).level === 40)
      assert.match(warnings.join('\n'), /servers and hub share one origin/)
      assert.equal((await entrance()).action, `${hubUrl}/_carrel/seat`)
    })

    it('lets in users without a role, and refuses users with one on a page that says why', async () => {
      await startWith({ ...roles, servers: { url: hubUrl, shareHubOrigin: true } })
      for (const name of ['root', 'ann', 'bob']) {
        const { browser, answer } = await signIn(name)
        assert.equal(answer.status, 403, name)
        assert.match(answer.text, /their code could act with your rights/)
        assert.notEqual((await browser.navigate('/hub/home')).status, 200, name)
      }
      const { browser, answer } = await signIn('eve')
      assert.equal(answer.status, 303)
      assert.equal((await browser.navigate('/hub/home')).status, 200)
    })

    it('ends an earlier sign-in of a user with a role', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'carrel-hosts-'))
      const database = `sqlite:${folder}/carrel.sqlite`
      try {
        await startWith({ ...roles, database })
        const { browser } = await signIn('root')
        const { jar } = browser
        assert.equal((await browser.navigate('/hub/home')).status, 200)
        await hub.stop()
        await startWith({ ...roles, database, servers: { url: hubUrl, shareHubOrigin: true } })
        const later = hub.browser()
        for (const [name, value] of jar) later.jar.set(name, value)
        assert.notEqual((await later.navigate('/hub/home')).status, 200)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  })

  it('another host than the hub, lets in users with a role', async () => {
    await startWith({ admins: ['root'] })
    const browser = hub.browser()
    assert.equal((await browser.submit('/hub/login/local', { username: 'root', password: 'right' })).status, 303)
    assert.equal((await browser.navigate('/hub/home')).status, 200)
  })
})
