import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { redeem } from '../../helpers/test-hub.ts'
import { demo, type GivenHooks, type HookHub, startHookHub } from './hook-hub.ts'

onEachDatabase('the hook of a server that is ready', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const start = async (hooks: GivenHooks): Promise<HookHub> => {
    const opened = await startHookHub(await makeDatabase(), hooks)
    cleanup.defer(() => opened.close())
    return opened
  }
  const landing = async ({ hub, browser }: HookHub, link = demo) => {
    const { ticket } = await browser.enter(link)
    return (await redeem(hub, ticket)).json().to.replace(/^\/user\/[^/]+\/\w+\//, '')
  }

  it('says where the run opens, where the link names nothing', async () => {
    const opened = await start({ whenReady: () => ({ path: '/proxy/8080/?view=map' }) })
    assert.equal(await landing(opened), 'proxy/8080/?view=map')
    assert.equal(await landing(opened), 'proxy/8080/?view=map', 'each time')
    assert.equal(opened.told.whenReady.length, 1)
    assert.match(await landing(opened, '/tmplogin?course=demo&notebook=a/b.ipynb'), /tree\/a\/b\.ipynb$/)
    const { signal: _, ...question } = opened.told.whenReady[0] ?? assert.fail()
    assert.deepEqual([question.run, question.course.slug], [1, 'demo'])
  })

  it('says it for the run only', async () => {
    let path: string | undefined = '/proxy/8080/'
    const opened = await start({ whenReady: () => (path === undefined ? undefined : { path }) })
    assert.equal(await landing(opened), 'proxy/8080/')
    path = undefined
    await opened.stopServer()
    await opened.isIn('stopped')
    assert.match(await landing(opened), /^lab\/workspaces\//)
  })

  it('has its message read before the notebook opens, once', async () => {
    const opened = await start({ whenReady: async () => ({ message: 'The data of week 2\nare <b>new</b>.' }) })
    const { browser } = opened
    const launch = await browser.open(demo)
    const { state, told } = await browser.follow(launch)
    assert.deepEqual([state, told], ['ready', 'The data of week 2 are <b>new</b>.'])
    const page = await browser.navigate(`/hub/launches/${launch}`)
    assert.ok(page.text.includes('are &#60;b&#62;new&#60;/b&#62;.') && !page.text.includes('<b>new'))
    assert.equal((await browser.post(`/hub/launches/${launch}/read`)).status, 200)
    assert.equal((await browser.follow(await browser.open(demo))).told, undefined)
  })

  const faults: [what: string, whenReady: NonNullable<GivenHooks['whenReady']>, reason: RegExp][] = [
    ['throws', () => Promise.reject(new Error('the map is away')), /the map is away/],
    ['throws nothing at all', () => Promise.reject(null), /it has thrown null/],
    ['never ends', () => new Promise(() => undefined), /more than 0\.2 seconds/],
    ['answers something else', () => ({ url: 'x' }) as never, /the answer|url/],
    ['answers a number', () => 7 as never, /the answer: /],
  ]
  for (const [what, whenReady, reason] of faults) {
    it(`keeps no one out when it ${what}`, async () => {
      const opened = await start({ timeoutSeconds: 0.2, whenReady })
      assert.match(await landing(opened), /^lab\/workspaces\//)
      const line = opened.hub.log.find((one) => one.includes('the notebook opens without it')) ?? '{}'
      assert.match(JSON.parse(line).reason, reason)
    })
  }
})
