import assert from 'node:assert/strict'
import { likeForStaff } from '../../../../hub/db/users.ts'
import { withTemplate } from '../../../../hub/roster/words.ts'
import { failureWithout, fullName } from '../../../../hub/views/format.ts'
import { plainIn } from '../../../../words/text.ts'
import { eventsOf, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'

describe('the language of a page', () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({
      config: { courses: { demo: { image: '' }, parle: { image: '', language: 'fr' } } },
    })
  })
  after(() => hub.stop())

  const look = (path: string, wanted: string, more: Record<string, string> = {}) =>
    hub.browser().navigate(path, { 'accept-language': wanted, ...more })

  it('is the one that the browser wants, and the answer says so', async () => {
    const french = await look('/launch/demo', 'de, fr-FR;q=0.8, en;q=0.5')
    assert.match(french.text, /<html lang="fr">/)
    assert.match(french.text, /<button>Ouvrir mon notebook<\/button>/)
    assert.equal(french.headers['content-language'], 'fr')
    assert.match(String(french.headers.vary), /accept-language/i)
    const words = /<script type="application\/json" id="words">(.*?)<\/script>/.exec(french.text)?.[1] ?? ''
    assert.equal(JSON.parse(words).again, 'Réessayer')
    const english = await look('/launch/demo', 'de')
    assert.match(english.text, /<html lang="en">[\s\S]*<button>Open my notebook<\/button>/)
  })

  it('is that of what the page asks for later, and of errors', async () => {
    const browser = hub.browser()
    const headers = { 'accept-language': 'fr' }
    const refused = await browser.post('/hub/launches', { link: '/launch/nothing' }, headers)
    assert.match(refused.json().message, /^Il n’y a pas de cours nommé «\u00a0nothing\u00a0» ici\./)
    const launch = await browser.open('/launch/demo')
    const events = await browser.fetch(`/hub/launches/${launch}/events`, { headers })
    assert.equal(eventsOf(events.text).at(-1)?.message, 'Votre notebook est prêt.')
    const missing = await look('/hub/nothing', 'fr')
    assert.match(missing.text, /<h1>Introuvable<\/h1>/)
  })

  it('is that of the course where it has one, also of what the page follows', async () => {
    const browser = hub.browser()
    const page = await browser.navigate('/launch/parle', { 'accept-language': 'en' })
    assert.match(page.text, /<html lang="fr">[\s\S]*<button>Ouvrir mon notebook<\/button>/)
    const launch = await browser.open('/launch/parle')
    for (const [asked, message] of [
      ['?language=fr', 'Votre notebook est prêt.'],
      ['?language=xx', 'Your notebook is ready.'],
      ['?language=fr&language=en', 'Your notebook is ready.'],
    ]) {
      const events = await browser.fetch(`/hub/launches/${launch}/events${asked}`)
      assert.equal(eventsOf(events.text).at(-1)?.message, message)
    }
    assert.match((await look('/launch/demo', 'en')).text, /<html lang="en">/)
  })

  it('is told to proxies for the strip of a course that has one, and of no other', async () => {
    const browser = hub.browser()
    for (const course of ['demo', 'parle']) {
      const launch = await browser.open(`/launch/${course}`)
      await browser.fetch(`/hub/launches/${launch}/events`)
    }
    const routes = [...hub.proxy.routes.values()]
    const accessIn = (course: string) => routes.findLast(({ path }) => path.endsWith(`/${course}/`))?.access
    assert.equal(accessIn('parle')?.language, 'fr')
    assert.deepEqual([accessIn('demo')?.run !== undefined, accessIn('demo')?.language], [true, undefined])
  })

  it('is that of what is told of a failure later, of one that was kept in English long ago too', async () => {
    const browser = hub.browser()
    const launch = await browser.open('/launch/demo')
    const failure = 'The notebook did not answer within 60 seconds.'
    await hub.db('servers').update({ state: 'failed', failure })
    const headers = { 'accept-language': 'fr', accept: 'text/html' }
    const { text } = await browser.fetch('/hub/home', { headers })
    assert.match(text, /Le notebook n’a pas répondu en 60 secondes\./)
    assert.match(
      (await browser.navigate(`/hub/launches/${launch}`, headers)).text,
      /n’a pas répondu en 60 secondes\. Réessayez/,
    )
    assert.match(
      (await browser.navigate(`/hub/launches/${launch}`)).text,
      /did not answer within 60 seconds\. Try again/,
    )
    const other = 'Come back at 8, <b>please</b>.'
    await hub.db('servers').update({ failure: other })
    assert.match((await browser.fetch('/hub/home', { headers })).text, /Come back at 8, &#60;b&#62;please/)
  })

  it('is the site’s for browsers that want none of ours', async () => {
    const other = await startTestHub({ config: { site: { language: 'fr' } } })
    try {
      assert.match((await other.browser().navigate('/launch/demo')).text, /<html lang="fr">/)
      assert.match((await other.browser().navigate('/launch/demo', { 'accept-language': 'en' })).text, /lang="en"/)
      const browser = other.browser()
      await browser.fetch(`/hub/launches/${await browser.open('/launch/demo')}/events`)
      await until(async () => other.proxy.routes.size > 0, 'the route')
      const [route] = other.proxy.routes.values()
      assert.deepEqual([route?.access?.siteLanguage, route?.access?.language], ['fr', undefined], 'told to proxies')
    } finally {
      await other.stop()
    }
  })

  it('is the site’s for mails, unless the operator has written them', () => {
    const mail = { from: 'a@b.org', url: 'smtp://127.0.0.1', insecure: false, perMinute: 30 }
    const templateIn = (language: 'en' | 'fr', template?: string) =>
      withTemplate({ ...mail, template }, { name: 'Carrel', language }).template
    assert.match(templateIn('fr'), /^Subject: Votre compte sur /)
    assert.match(templateIn('en'), /^Subject: Your account at /)
    assert.equal(templateIn('fr', 'Subject: x\n\n{{link}}'), 'Subject: x\n\n{{link}}')
  })

  it('names learners of an LMS, whom staff find by that name in any language', () => {
    const learner = { id: 'k3v9x0qp2m7a', name: 'lms:school:1', kind: 'learner', displayName: undefined } as const
    const name = plainIn(fullName(learner), 'fr')
    assert.equal(name, 'Apprenant k3v9x0')
    assert.equal(likeForStaff(name), '%learner k3v9x0%')
    assert.equal(likeForStaff('Learner K3'), '%learner k3%')
    assert.equal(likeForStaff('100%_a'), '%100\\%\\_a%')
  })

  it('is English for programs, in the API and in the log', async () => {
    const answer = await hub
      .browser()
      .fetch('/hub/api/nothing', { headers: { 'accept-language': 'fr', accept: 'application/json' } })
    assert.match(answer.json().message, /^There is nothing at this address/)
    await look('/launch/nothing', 'fr')
    assert.ok(!hub.log.join('').includes('Il n’y a'), 'the log speaks English')
  })

  it('stays one of ours whatever a browser sends, and what a link says stays text', async () => {
    for (const odd of [
      'fr"><script>',
      '../../etc',
      '__proto__',
      'fr;q=1e9',
      ','.repeat(5000),
      `fr${'-a'.repeat(5000)}`,
    ]) {
      const page = await look('/launch/nothing%3Cb%3E', odd)
      assert.match(page.text, /<html lang="(?:en|fr)">/)
      assert.ok(!page.text.includes('nothing<b>') && page.text.includes('nothing&#60;b&#62;'), odd.slice(0, 20))
    }
  })
})

describe('why a notebook of a learner of an LMS has failed', () => {
  it('is told with what pages call her, in one language', () => {
    const owner = {
      id: 'k3v9x0aaaaaa',
      name: 'lms:school:u-12345678',
      kind: 'learner' as const,
      displayName: undefined,
    }
    const failure = failureWithout(`The program ${owner.name} that this course needs is not installed here.`, owner, '')
    const called = (language: string) => plainIn(fullName(owner), language)
    assert.match(called('fr'), /^Apprenant /)
    assert.equal(failure.plain('fr'), `Le programme ${called('fr')} dont ce cours a besoin n’est pas installé ici.`)
    assert.equal(failure.plain('en'), `The program ${called('en')} that this course needs is not installed here.`)
  })
})
