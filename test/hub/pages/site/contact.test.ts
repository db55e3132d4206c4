import assert from 'node:assert/strict'
import { SpawnError } from '../../../../spawners/spawner.ts'
import { createFakeServers, failingSpawner } from '../../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../../helpers/test-hub.ts'

describe('whom pages name for help', () => {
  const world = createFakeServers()
  let hub: TestHub
  before(async () => {
    const ancestors = ['https://lms.example.org']
    hub = await startTestHub({
      world,
      config: {
        spawner: failingSpawner(world, new SpawnError('The registry does not answer.')),
        site: { name: 'Learning', support: 'help@example.org' },
        courses: {
          demo: { image: '', title: 'Data & more', embed: { ancestors } },
          own: { image: '', contact: 'Prof. Martin, martin@example.org', language: 'fr' },
          over: { image: '', contact: 'Prof. Petit, petit@example.org', language: 'fr', closes: '2020-01-01T00:00Z' },
          soon: { image: '', contact: 'Prof. Petit, petit@example.org', language: 'fr', opens: '2999-01-01T00:00Z' },
          exam: { image: '', contact: 'Prof. Petit', language: 'fr', hidden: true, open: ['ann'] },
          page: { image: '', contact: 'https://example.org/help' },
          words: { image: '', contact: 'the <desk>' },
        },
      },
    })
  })
  after(async () => {
    await hub?.stop()
    await world.close()
  })

  const footerOf = (text: string) => /<footer class="contact"><p class="quiet">(.*)<\/p><\/footer>/.exec(text)?.[1]
  const lineOf = (text: string) => /<p id="contact" class="quiet" (?:hidden)?>(.*)<\/p>/.exec(text)?.[1]
  const ofSite = (subject: string) =>
    `If you need help, write to <a href="mailto:help@example.org?subject=${subject}">help@example.org</a>.`
  const failed = async (course: string, language = 'en') => {
    const browser = hub.browser()
    const launch = await browser.open(`/launch/${course}`)
    await browser.follow(launch)
    return (await browser.navigate(`/hub/launches/${launch}`, { 'accept-language': language })).text
  }

  it('are those of the site, below every page, before a sign-in and on errors too', async () => {
    for (const path of ['/hub/login', '/hub/nothing', '/launch/nothing'])
      assert.equal(footerOf((await hub.browser().navigate(path)).text), ofSite('Learning'), path)
    const french = await hub.browser().navigate('/hub/nothing', { 'accept-language': 'fr' })
    assert.match(footerOf(french.text) ?? '', /^Si vous avez besoin d’aide, écrivez à <a /)
  })

  it('stand beside the reason where a notebook could not be opened, and only there', async () => {
    const text = await failed('demo')
    assert.equal(lineOf(text), ofSite('Data%20%26%20more'))
    assert.match(text, /<p id="contact" class="quiet" >/)
    assert.equal(footerOf(text), undefined)
    const before = (await hub.browser().navigate('/launch/demo', { 'sec-fetch-dest': 'iframe' })).text
    assert.match(before, /<p id="contact" class="quiet" hidden>/)
  })

  it('are those of the course first, on the way to its notebooks', async () => {
    const martin = '<a href="mailto:martin@example.org?subject=own">martin@example.org</a>'
    assert.equal(lineOf(await failed('own')), `Si vous avez besoin d’aide, adressez-vous à Prof. Martin, ${martin}.`)
    const page = '<a href="https://example.org/help" target="_blank" rel="noopener">https://example.org/help</a>'
    assert.equal(lineOf(await failed('page')), `If you need help: ${page}`)
    assert.equal(lineOf(await failed('words')), 'If you need help, ask the &#60;desk&#62;.')
    assert.equal(footerOf((await hub.browser().navigate('/hub/login')).text), ofSite('Learning'))
  })

  it('are those of a course that does not open, in its language, and are named once', async () => {
    const closed = await hub.browser().navigate('/launch/over')
    assert.equal(closed.status, 403)
    assert.match(closed.text, /<html lang="fr"/)
    assert.equal(closed.text.split('Prof. Petit, ').length, 2)
    assert.equal(footerOf(closed.text), undefined)
    const soon = await hub.browser().navigate('/launch/soon')
    assert.equal(soon.status, 403)
    assert.match(soon.text, /<html lang="fr"/)
    assert.match(footerOf(soon.text) ?? '', /^Si vous avez besoin d’aide, adressez-vous à Prof. Petit, <a /)
    // Browsers always name a language. What names none is a program.
    const rows: [named: Record<string, string>, told: RegExp][] = [
      [{ 'accept-language': 'en' }, /Prof\. Petit, petit@example\.org si vous/],
      [{}, /Ask Prof\. Petit, petit@example\.org if you/],
    ]
    for (const [named, told] of rows) {
      const posted = await hub.browser().post('/hub/launches', { link: '/launch/over' }, named)
      assert.equal(posted.json().error, 'course_closed')
      assert.match(posted.json().message, told)
    }
  })

  it('are those of the site where the reader is not to know of the course', async () => {
    const secret = await hub.browser().navigate('/launch/exam')
    assert.equal(secret.status, 404)
    assert.match(secret.text, /<html lang="en"/)
    assert.equal(footerOf(secret.text), ofSite('Learning'))
  })

  it('are named to staff by the reference of an error, in the subject of a mail', async () => {
    const browser = hub.browser()
    await browser.open('/launch/words')
    await hub.db.schema.renameTable('servers', 'away')
    const { status, text } = await browser
      .navigate('/hub/home')
      .finally(() => hub.db.schema.renameTable('away', 'servers'))
    assert.equal(status, 500)
    const [, reference = ''] = /Reference: <code>([\w-]+)<\/code>/.exec(text) ?? []
    assert.equal(footerOf(text), ofSite(`Learning%20(${reference})`))
  })

  it('are nobody where nobody is named', async () => {
    const other = await startTestHub()
    try {
      const pages = [await other.browser().navigate('/hub/nothing'), await other.browser().navigate('/launch/demo')]
      for (const { text } of pages) assert.doesNotMatch(text, /<footer|id="contact"|need help/)
    } finally {
      await other.stop()
    }
  })
})
