import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { type HttpBrowser, lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

describe('tag= and needs_gpu=', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({
      config: {
        authenticators: [temporary(), people, lms({ issuer: 'edx', courses: ['ml'], pages: [lmsUrl], signed: false })],
        admins: ['root'],
        groups: { authors: ['ann'] },
        courses: {
          ml: {
            image: 'ml:1',
            embed: { ancestors: [lmsUrl] },
            tags: { v2: { image: 'ml:2', open: 'everyone' }, beta: { image: 'ml:beta', open: ['group:authors'] } },
            gpuOnRequest: ['group:authors'],
          },
          plain: { image: 'plain', open: ['ann'], tags: { v2: { image: 'plain:2', open: 'everyone' } } },
        },
      },
    })
  })
  afterEach(() => hub.stop())

  const as = async (name: string) => {
    const browser = hub.browser()
    const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
    assert.equal(answer.status, 303)
    return browser
  }
  /** Opens the link. Returns the name of the server, or the code of the refusal. */
  const open = async (browser: HttpBrowser, link: string) => {
    browser.setNonce()
    const page = await browser.navigate(link)
    const posted = await browser.post('/hub/launches', { link })
    assert.equal(page.status, posted.status === 201 ? 200 : posted.status, link)
    if (posted.status !== 201) return posted.json().error
    await browser.follow(posted.json().launch)
    const { server } = await hub.db('launches').orderBy('created', 'desc').first('server')
    return (await hub.db('servers').where({ id: server }).first('course')).course
  }

  it('start the images and the GPU that the course offers to the user, each as a server of its own', async () => {
    const ann = await as('ann')
    assert.equal(await open(ann, '/tmplogin?course=ML&tag=V2'), 'ml--v2')
    assert.equal(await open(ann, '/launch/ml?tag=beta&needs_gpu=false'), 'ml--beta--gpu')
    assert.equal(await open(ann, '/launch/ml?tag=&needs_gpu='), 'ml')
    const home = (await ann.navigate('/hub/home')).text
    assert.ok(home.includes('<h2>ml (v2)</h2>') && home.includes('<h2>ml (beta) (GPU)</h2>'))
    assert.match(home, /href="\/launch\/ml--v2"/)
  })

  it('are refused in the same words where they do not exist and where they are for others', async () => {
    for (const browser of [hub.browser(), await as('ben')]) {
      const answers = new Set<string>()
      for (const tag of ['beta', 'latest', 'gpu', 'v2--gpu']) {
        const { status, text } = await browser.navigate(`/launch/ml?tag=${tag}`)
        answers.add(`${status} ${text.replaceAll(tag, 'TAG')}`)
      }
      assert.equal(answers.size, 1)
      const page = await browser.navigate('/launch/ml/a.ipynb?%74ag=beta&needs_gpu=1&fresh=0')
      assert.match(page.text, /does not offer you another image \(tag=beta\) with a GPU/)
      assert.match(page.text, /class="button" href="\/launch\/ml\/a\.ipynb\?fresh=0">Open the course as it is</)
      assert.equal(await open(browser, '/launch/ml?needs_gpu=1'), 'not_offered')
      assert.equal(await open(browser, '/launch/ml--beta'), 'unknown_course')
      assert.equal(await open(browser, '/launch/ml?tag=v2'), 'ml--v2')
    }
    assert.equal(await open(await as('ben'), '/launch/plain?tag=v2'), 'course_for_others', 'as the course itself')
  })

  it('open nothing by their names, however those are written', async () => {
    const ben = await as('ben')
    const names = ['ml--beta', 'ML--BETA', 'Ml--Beta--Gpu', 'ml--gpu', 'ml%2D%2Dbeta', '%6Dl--%62eta', 'ml--v2--gpu']
    const links = (name: string) => [
      `/launch/${name}`,
      `/tmplogin?course=${name}`,
      `/hub/spawn/ben/${name}`,
      `/hub/at/${name}/spawn`,
      `/hub/at/user/ben/${name}/spawn`,
      `/hub/at/${name}/user-redirect/lab`,
      `/user/ben/${name}/lab`,
      `/hub/user/ben/${name}/lab`,
      `/hub/restart?to=/user/ben/${encodeURIComponent(name)}/lab`,
    ]
    for (const link of names.flatMap(links)) {
      const page = await ben.navigate(link)
      assert.ok(page.status === 404 || page.status === 400, `${link}: ${page.status}`)
      const { status } = await ben.post('/hub/launches', { link, confirmed: true })
      assert.ok(status === 404 || status === 400, `${link}: ${status}`)
    }
    const other = [
      '/launch/plain?tag=beta',
      '/launch/ml?tag=plain--v2',
      '/launch/ml?tag=../plain',
      '/launch/ml?tag=v2&tag=beta',
    ]
    for (const link of [...other, '/launch/ml--v2?tag=beta', '/launch/ml?tag=__proto__', '/launch/ml?tag=BETA'])
      assert.match(String((await ben.post('/hub/launches', { link })).status), /400|403/, link)
    assert.equal((await hub.db('servers')).length, 0)
  })

  it('mean the same in links of an LMS', async () => {
    const enter = (link: string) =>
      hub.browser().navigate(link, { referer: `${lmsUrl}/course`, 'sec-fetch-site': 'cross-site' })
    assert.equal((await enter('/ipythonExercice/ml/a/0123?tag=v2')).status, 200)
    assert.equal((await enter('/ipythonExercice/ml/a/0123?tag=beta')).status, 400)
    assert.equal((await enter('/containerKill/ml/0123?needs_gpu=1')).status, 400)
  })

  it('mean the same in the API', async () => {
    const token = async (browser: HttpBrowser) =>
      /carrel-user-[\w-]{43}/.exec((await browser.submit('/hub/token', { note: 'x', days: '1' })).text)?.[0]
    const start = async (secret: string | undefined, name: string, course: string, body: object) => {
      const answer = await hub.browser().fetch(`/hub/api/users/${name}/servers/${course}`, {
        method: 'POST',
        headers: { authorization: `token ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return answer.status < 300 ? answer.status : answer.json().error
    }
    const [ben, ann, root] = [await token(await as('ben')), await token(await as('ann')), await token(await as('root'))]
    assert.equal(await start(ben, 'ben', 'ml', { tag: 'beta' }), 'not_offered')
    assert.equal(await start(ben, 'ben', 'ml', { tag: 'latest' }), 'not_offered')
    assert.equal(await start(ben, 'ben', 'ml', { needs_gpu: true }), 'not_offered')
    assert.equal(await start(root, 'ben', 'ml', { needs_gpu: true }), 'not_offered', 'an admin gives no one a GPU')
    assert.equal(await start(ben, 'ben', 'ml--beta', {}), 'unknown_server')
    assert.equal(await start(ben, 'ben', 'ml', { image: 'x' }), 'no_options')
    assert.equal(await start(ann, 'ann', 'ml', { tag: 'beta', needs_gpu: true }), 201)
    assert.equal((await hub.db('servers').first('course')).course, 'ml--beta--gpu')
  })

  it('are in no list of courses', async () => {
    for (const name of ['ben', 'root']) {
      const browser = await as(name)
      const { text } = await browser.navigate('/hub/home')
      assert.doesNotMatch(text, /href="\/launch\/ml--/)
    }
  })
})
