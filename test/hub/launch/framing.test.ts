import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { learnerVerbs } from '../../../seats/links.ts'
import { type Answer, launchPageData, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const exercise = '/ipythonExercice/Python/a.ipynb/ann'
const other = 'https://other.example.org'
const framed = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site', referer: `${lmsUrl}/unit` }

describe('framing at the hub', () => {
  let hub: TestHub
  afterEach(() => hub.stop())

  const framersOf = (answer: Answer) =>
    /frame-ancestors ([^;]*)/.exec(String(answer.headers['content-security-policy']))?.[1]

  it("is allowed to the course's and the site's ancestors, on launch pages and their errors", async () => {
    hub = await startTestHub({ config: { embed: { ancestors: [other] } } })
    const both = `${other} ${lmsUrl}`
    const browser = hub.browser()
    const launch = await browser.open(exercise, { framed: true, referer: `${lmsUrl}/` })
    for (const [link, expected] of [
      [exercise, both],
      ['/tmplogin?course=demo', other],
      ['/tmplogin?course=unknown', both],
      ['/tmplogin', both],
      [`/hub/launches/${launch}`, both],
      ['/hub/launches/x', both],
      ['/hub/tab?to=/user/lms~3aedx~3aann/python/lab', both],
      ['/hub/tab?to=nonsense', both],
    ] as const) {
      assert.equal(framersOf(await browser.navigate(link, framed)), expected, link)
    }
  })

  it('is allowed to the pages of an LMS on errors about links, also where no course is there', async () => {
    const authenticators = [temporary(), lms({ issuer: 'edx', courses: ['python'], pages: [lmsUrl], signed: false })]
    hub = await startTestHub({ config: { authenticators, courses: {}, embed: { ancestors: [other] } } })
    const both = `${other} ${lmsUrl}`
    // The link that shares a copy leads to another page whatever it names, and says nothing itself.
    const opening = learnerVerbs.filter((verb) => verb !== 'ipythonShare')
    const links = opening.map((verb) => `/${verb}/pyton/a.ipynb/ann`)
    const others = ['/ipythonForward/pyton/ann/tree', '/containerKill/pyton/ann']
    for (const link of [...links, ...others, '/notebookGitRepo/pyton/a/ann', '/launch/pyton', '/tmplogin', '/open'])
      assert.equal(framersOf(await hub.browser().navigate(link, framed)), both, link)
  })

  it('is allowed to all names that a wildcard covers, and only their frames act at once', async () => {
    hub = await startTestHub({ config: { embed: { ancestors: ['https://*.fun-mooc.test'] } } })
    const browser = hub.browser()
    await browser.enter('/launch/demo')
    const acts = async (site: string) => {
      const page = await browser.navigate('/launch/demo', { ...framed, referer: `${site}/unit` })
      assert.equal(framersOf(page), 'https://*.fun-mooc.test')
      return launchPageData(page.text).launch !== ''
    }
    for (const site of ['https://lms.fun-mooc.test', 'https://a.lms.fun-mooc.test']) assert.ok(await acts(site), site)
    for (const site of ['https://fun-mooc.test', 'https://evilfun-mooc.test', 'http://lms.fun-mooc.test'])
      assert.ok(!(await acts(site)), site)
  })

  it('is allowed on no other page, nor where there are no ancestors', async () => {
    hub = await startTestHub()
    const browser = hub.browser()
    await browser.open(exercise, { referer: `${lmsUrl}/` })
    for (const link of [
      '/hub/home',
      '/hub/courses',
      '/hub/logout',
      '/hub/nothing',
      '/launch/demo',
      '/hub/oauth_callback',
    ]) {
      assert.equal(framersOf(await browser.navigate(link, framed)), "'none'", link)
    }
    assert.equal(framersOf(await hub.browser().navigate('/hub/login', framed)), "'none'")
  })

  it('sets a partitioned cookie only where the course has ancestors', async () => {
    hub = await startTestHub()
    for (const [link, scope] of [
      ['/tmplogin?course=Python', /SameSite=None; Secure; Partitioned$/],
      ['/tmplogin?course=demo', /SameSite=Lax$/],
    ] as const) {
      const browser = hub.browser()
      browser.setNonce()
      const answer = await browser.post('/hub/launches', { link, framed: true })
      assert.match(answer.cookies.join(), scope)
    }
  })

  it('sends other sites only the origin of an address, since the address has a learner’s id', async () => {
    hub = await startTestHub()
    for (const link of [exercise, '/ipythonExercice/unknown/a/ann', '/hub/tab?to=/user/ann/python/', '/hub/home']) {
      const answer = await hub.browser().navigate(link, framed)
      assert.equal(answer.headers['referrer-policy'], 'strict-origin', link)
    }
  })

  it('gives pages around it the height of the course, else of the site, else 800', async () => {
    const embed = (height?: number) => ({ ancestors: [lmsUrl], ...(height !== undefined && { height }) })
    for (const [site, course, expected] of [
      [undefined, undefined, 800],
      [700, undefined, 700],
      [700, 900, 900],
    ] as const) {
      hub = await startTestHub({
        config: { embed: embed(site), courses: { demo: { image: 'demo', embed: embed(course) } } },
      })
      const page = await hub.browser().navigate('/launch/demo', framed)
      assert.match(page.text, new RegExp(`<body data-ancestors="${lmsUrl}" data-notebook-height="${expected}">`))
      if (expected !== 900) await hub.stop()
    }
  })
})
