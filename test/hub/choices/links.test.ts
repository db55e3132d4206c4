import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type HttpBrowser, launchPageData, lmsUrl } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type ChoiceHub, choicePage, offeredOn, startChoiceHub } from './choice-hub.ts'

onEachDatabase('a course that lets learners choose', (makeDatabase) => {
  let hub: ChoiceHub
  beforeEach(async () => {
    hub = await startChoiceHub(await makeDatabase())
  })
  afterEach(() => hub.stop())

  const link = '/launch/ml'
  const remembered = async () =>
    (await hub.db('choices').select('chosen')).map(({ chosen }) => JSON.parse(chosen) as object)
  /** Follows a link that needs no answer, until its server is there. Returns what the server has. */
  const enter = async (browser: HttpBrowser, address: string) => {
    const page = await browser.navigate(address)
    assert.equal(page.status, 200, `${address} leads to ${page.headers.location}`)
    await browser.follow(launchPageData(page.text).launch)
    return hub.hasOf(address.split(/[/?]/)[2] ?? '')
  }

  it('asks once before the first start, with the default chosen, and remembers the answer', async () => {
    const ben = await hub.signIn('ben')
    const answer = await ben.navigate(link)
    assert.deepEqual([answer.status, answer.headers.location], [303, choicePage(link)])
    assert.equal(hub.world.made.length, 0)
    const page = await ben.navigate(choicePage(link))
    assert.deepEqual(offeredOn(page.text), ['size=small*', 'size=large', 'kind=usual*'])
    assert.match(page.text, /<legend>Size<\/legend>/)
    assert.match(page.text, /aria-labelledby="size-small" aria-describedby="size-small-about"/)
    assert.match(page.text, /Enough for all exercises\./)
    const posted = await ben.submit('/hub/choice', { link, 'choice-size': 'large', 'choice-kind': 'usual' })
    assert.deepEqual([posted.status, posted.headers.location], [303, link])
    assert.equal(await enter(ben, link), 'l u')
    const { spec } = [...hub.world.objects.values()][0] ?? {}
    assert.equal(spec?.limits.memory, 8 * 2 ** 30)
    const made = await hub.db('definitions').select('content')
    assert.ok(made.some(({ content }) => content.includes('"chosen":{"kind":"usual","size":"large"}')))
    await hub.stopped('ml')
    assert.equal(await enter(ben, link), 'l u')
  })

  it('tells the script of a launch page where to choose, and asks each user', async () => {
    for (const browser of [hub.browser(), hub.browser()]) {
      browser.setNonce()
      const answer = await browser.post('/hub/launches', { link })
      assert.deepEqual(
        [answer.status, answer.json().error, answer.json().page],
        [409, 'choose_first', choicePage(link)],
      )
      assert.deepEqual(offeredOn((await browser.navigate(choicePage(link))).text).length, 3)
    }
  })

  it('takes the choice of a link, which counts for later too', async () => {
    const ben = await hub.signIn('ben')
    assert.equal(await enter(ben, `${link}?size=LARGE&kind=usual&utm_source=mail&utm_source=page`), 'l u')
    await hub.stopped('ml')
    assert.equal(await enter(ben, link), 'l u')
    assert.deepEqual(await remembered(), [{ size: 'large', kind: 'usual' }])
  })

  it('goes on asking for what a link leaves open, with what the link says already chosen', async () => {
    const grace = await hub.signIn('grace')
    const partly = `${link}?size=large`
    assert.equal((await grace.navigate(partly)).headers.location, choicePage(partly))
    const page = await grace.navigate(choicePage(partly))
    assert.deepEqual(offeredOn(page.text), ['size=small', 'size=large*', 'size=huge', 'kind=usual*', 'kind=odd'])
    const posted = await grace.submit('/hub/choice', { link: partly, 'choice-size': 'small', 'choice-kind': 'odd' })
    assert.equal(posted.headers.location, link, 'the form has the last word')
    assert.equal(await enter(grace, link), 's o')
  })

  it('does not ask where only one is offered, nor in a course without choices', async () => {
    await hub.stop()
    hub = await startChoiceHub(await makeDatabase(), {
      courses: {
        ml: {
          image: 'ml',
          embed: { ancestors: [lmsUrl] },
          choices: {
            size: [
              { name: 'a', open: [] },
              { name: 'b', env: { SIZE: 'b' } },
            ],
          },
        },
        none: { image: 'none', choices: { size: [{ name: 'a', open: [], env: { SIZE: 'a' } }] } },
      },
    })
    const ben = await hub.signIn('ben')
    assert.equal(await enter(ben, link), 'b')
    assert.equal(await enter(ben, '/launch/none'), '')
    assert.deepEqual(await remembered(), [])
  })

  it('refuses what it does not offer, there or not, and offers to open it as it is', async () => {
    const ben = await hub.signIn('ben')
    const answers = new Set<string>()
    for (const word of ['huge', 'none', 'smalls', '__proto__', 'constructor']) {
      const { status, text } = await ben.navigate(`${link}?size=${word}`)
      answers.add(`${status} ${text.replaceAll(word, 'W')}`)
    }
    assert.equal(answers.size, 1)
    const page = await ben.navigate(`${link}/a.ipynb?%73ize=huge&kind=usual&fresh=0`)
    assert.match(page.text, /does not offer you size=huge/)
    assert.match(page.text, /class="button" href="\/launch\/ml\/a\.ipynb\?fresh=0">Open the course as it is</)
    const twice = await ben.navigate(`${link}?size=small&size=large`)
    assert.equal(twice.status, 400)
    assert.match(twice.text, /says size= more than once.*class="button" href="\/launch\/ml">Open the course as it is</s)
    assert.equal((await ben.navigate('/launch/plain?size=huge')).status, 200, 'no choice of this course')
    assert.deepEqual(await remembered(), [])
  })

  describe('and whose server runs with something else than a link asks for', () => {
    const large = `${link}?size=large`
    let ben: HttpBrowser
    beforeEach(async () => {
      ben = await hub.signIn('ben')
      assert.equal(await enter(ben, `${link}?size=small&kind=usual`), 's u')
    })

    it('asks plainly, and changes nothing before a button is pressed', async () => {
      assert.equal(await enter(ben, `${link}?size=small`), 's u', 'the same is no question')
      const answer = await ben.navigate(large)
      assert.deepEqual([answer.status, answer.headers.location], [303, choicePage(large)])
      const { text } = await ben.navigate(choicePage(large))
      assert.match(text, /You ask for <strong>Size: Large<\/strong>\. Your notebook runs <strong>with Size: Small</)
      assert.match(text, /All files in it are gone for good/)
      assert.match(text, /name="link" value="\/launch\/ml">.*<button>Open it as it is</s)
      assert.match(text, /<button class="danger">Restart it with Size: Large</)
      assert.deepEqual([hub.world.stops, await remembered()], [[], [{ size: 'small', kind: 'usual' }]])
      const script = await ben.post('/hub/launches', { link: large, confirmed: true })
      assert.deepEqual([script.status, script.json().error], [409, 'other_choice'])
      assert.equal((await ben.submit('/hub/launches', { link })).status, 303, 'as it is')
      assert.deepEqual(hub.world.stops, [])
    })

    it('starts again with the other at the press of the button', async () => {
      const answer = await ben.submit('/hub/choice', { link: large, stop: 'ml' })
      assert.equal(answer.status, 303)
      const next = await ben.navigate(String(answer.headers.location))
      assert.equal(next.headers.location, large)
      assert.equal(await enter(ben, large), 'l u')
      assert.equal(hub.world.stops.length, 1)
      assert.deepEqual(await remembered(), [{ size: 'large', kind: 'usual' }])
    })

    it('lets her change her mind on the home page, where she sees what she has', async () => {
      const home = await ben.navigate('/hub/home')
      assert.match(
        home.text,
        /Size: Small, Kind: usual\. <a href="\/hub\/choice\?link=%2Flaunch%2Fml&#38;change=1">Change</,
      )
      const change = choicePage(link, '&change=1')
      assert.deepEqual(offeredOn((await ben.navigate(change)).text), ['size=small*', 'size=large', 'kind=usual*'])
      const posted = await ben.submit('/hub/choice', { link, 'choice-size': 'large', 'choice-kind': 'usual' })
      assert.equal(posted.headers.location, choicePage(link, '&chosen=1'))
      const question = await ben.navigate(choicePage(link, '&chosen=1'))
      assert.match(
        question.text,
        /You ask for <strong>Size: Large<\/strong>\. Your notebook runs <strong>with Size: Small<\/strong> now/,
      )
      assert.deepEqual(hub.world.stops, [])
      assert.match((await ben.navigate('/hub/home')).text, /Size: Small, Kind: usual; from its next start: Size: Large/)
      const stop = await ben.submit('/hub/choice', { link, stop: 'ml' })
      assert.equal((await ben.navigate(String(stop.headers.location))).headers.location, link)
      assert.equal(await enter(ben, link), 'l u')
    })

    it('restarts with what it had, and with what a link that restarts asks for', async () => {
      const restart = (address: string) => ben.post('/hub/launches', { link: address, confirmed: true })
      const again = await restart('/hub/restart?to=/user/ben/ml/')
      await ben.follow(again.json().launch)
      assert.equal(hub.hasOf('ml'), 's u')
    })
  })

  it('falls back to the default, and says so, when what was chosen is not offered any more', async () => {
    const ann = await hub.signIn('ann')
    assert.equal(await enter(ann, `${link}?size=huge`), 'h u')
    await hub.stopped('ml')
    await hub.db('users').where({ name: 'ann' }).update({ name: 'ben' })
    const page = await ann.navigate(link)
    assert.match(page.text, /What you had chosen before is not offered to you any more \(Size: huge\)\./)
    assert.match(page.text, /Size: Small, Kind: usual\./)
    await ann.follow(launchPageData(page.text).launch)
    assert.equal(hub.hasOf('ml'), 's u')
    const posted = await ann.post('/hub/launches', { link })
    assert.deepEqual(posted.json().choices.says, [
      'What you had chosen before is not offered to you any more (Size: huge).',
      'Size: Small, Kind: usual.',
    ])
    assert.match((await ann.navigate('/hub/home')).text, /not offered to you any more \(Size: huge\)/)
    assert.deepEqual(await remembered(), [{ size: 'huge' }], 'so that it counts again once it is offered again')
  })

  it('lets learners of an LMS choose in the frame, and remembers it for them', async () => {
    const exercise = '/ipythonExercice/ml/week1/a/0123'
    const frame = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/course` }
    const browser = hub.browser()
    const first = launchPageData((await browser.navigate(exercise, frame)).text)
    browser.setNonce()
    const answer = await browser.post('/hub/launches', { link: exercise, framed: true, proof: first.proof })
    assert.equal(answer.json().page, choicePage(exercise))
    const form = await browser.navigate(choicePage(exercise), { ...frame, 'sec-fetch-site': 'same-origin' })
    assert.deepEqual(offeredOn(form.text), ['size=small*', 'size=large', 'kind=usual*'])
    assert.match(String(form.headers['content-security-policy']), new RegExp(`frame-ancestors [^;]*${lmsUrl}`))
    const posted = await browser.submit('/hub/choice', { link: exercise, 'choice-size': 'large' })
    assert.equal(posted.headers.location, exercise)
    const launched = await browser.post('/hub/launches', { link: exercise, framed: true })
    assert.equal(launched.status, 201)
    await browser.follow(launched.json().launch)
    assert.equal(hub.hasOf('ml'), 'l u')
  })

  it('gives the choices with another image and with a GPU, which no choice takes away', async () => {
    const ben = await hub.signIn('ben')
    const asked = '/launch/ml?tag=next&needs_gpu=1'
    assert.equal((await ben.navigate(asked)).headers.location, choicePage(asked))
    const posted = await ben.submit('/hub/choice', { link: asked, 'choice-size': 'small' })
    assert.equal(posted.headers.location, asked)
    await ben.follow(launchPageData((await ben.navigate(asked)).text).launch)
    const { spec } = [...hub.world.objects.values()][0] ?? {}
    assert.deepEqual([spec?.course, spec?.image, spec?.gpu], ['ml--next--gpu', 'ml:next', true])
    assert.equal(hub.hasOf('ml--next--gpu'), 's u')
    assert.equal(await enter(ben, link), 's u', 'and is remembered for the course')
  })

  it('makes one server of ten launches at once, with what all of them ask for', async () => {
    const ben = await hub.signIn('ben')
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ben.post('/hub/launches', { link: `${link}?size=large` })),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    await ben.follow(answers[0]?.json().launch)
    assert.deepEqual([hub.world.made.length, hub.hasOf('ml')], [1, 'l u'])
  })

  it('gives one server to two launches that differ, and asks the one that came second', async () => {
    const ben = await hub.signIn('ben')
    const answers = await Promise.all(
      ['small', 'large', 'small', 'large'].map((size) => ben.post('/hub/launches', { link: `${link}?size=${size}` })),
    )
    const [won] = answers.filter(({ status }) => status === 201)
    await ben.follow(won?.json().launch)
    const refused = answers.filter(({ status }) => status !== 201).map((answer) => answer.json().error)
    assert.deepEqual([hub.world.made.length, refused], [1, ['other_choice', 'other_choice']])
  })

  it('starts with the choice of a launch that came while the server was stopping', async () => {
    const ben = await hub.signIn('ben')
    await enter(ben, `${link}?size=small`)
    const stopping = Promise.withResolvers<void>()
    hub.world.behaviour.beforeStop = stopping.promise
    await ben.submit('/hub/choice', { link: `${link}?size=large`, stop: 'ml' })
    const waiting = await ben.post('/hub/launches', { link: `${link}?size=large` })
    assert.equal(waiting.status, 201)
    assert.equal((await ben.post('/hub/launches', { link: `${link}?size=small` })).status, 201, 'the last one counts')
    assert.equal((await ben.post('/hub/launches', { link: `${link}?size=large` })).status, 201)
    stopping.resolve()
    await until(async () => (await hub.db('servers').first('run')).run === 2)
    await ben.follow(waiting.json().launch)
    assert.equal(hub.hasOf('ml'), 'l u')
  })

  it('forgets the choices of a user who is removed', async () => {
    const visitor = hub.browser()
    visitor.setNonce()
    await visitor.post('/hub/launches', { link })
    await visitor.submit('/hub/choice', { link, 'choice-size': 'large' })
    assert.deepEqual(await remembered(), [{ size: 'large' }])
    await hub.db('sessions').delete()
    await hub.db('users').delete()
    assert.deepEqual(await remembered(), [])
  })
})
