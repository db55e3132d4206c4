import assert from 'node:assert/strict'
import { launchPageData, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const rooms = /Rooms that several people enter by a name are not there any more/

describe("tmpnb's links", () => {
  let hub: TestHub
  before(async () => {
    hub = await startTestHub({ config: { tmpnb: { course: 'Third', front: true } } })
  })
  after(() => hub.stop())

  const linkOf = async (address: string): Promise<string> => {
    const { status, text } = await hub.browser().navigate(address)
    assert.equal(status, 200, text)
    return launchPageData(text).link.replaceAll('&#38;', '&')
  }

  const links: Record<string, string> = {
    '/': '/launch/third',
    '/?fresh=1': '/launch/third?fresh=1',
    '/spawn': '/launch/third',
    '/spawn/': '/launch/third',
    '//spawn//notebooks//a.ipynb': '/launch/third/a.ipynb',
    '/spawn/notebooks/week%201/a.ipynb': '/launch/third/week%201/a.ipynb',
    '/notebooks/a.ipynb': '/launch/third/a.ipynb',
    '/notebooks/a.ipynb?fresh=1': '/launch/third/a.ipynb?fresh=1',
    '/tree': '/launch/third',
    '/tree/week1': '/launch/third/week1',
    '/spawn/tree/week1?kernel_name=julia': '/hub/at/third/user-redirect/tree/week1?kernel_name=julia',
    '/notebooks/a.ipynb?kernel_name=julia&x=%20y':
      '/hub/at/third/user-redirect/notebooks/a.ipynb?kernel_name=julia&x=%20y',
    '/files/data/a.csv?download=1': '/hub/at/third/user-redirect/files/data/a.csv?download=1',
  }
  for (const [address, link] of Object.entries(links)) {
    it(`${address} means ${link}`, async () => {
      assert.equal(await linkOf(address), link)
    })
  }

  it('open where tmpnb would, with the query, and again the same notebook for the same browser', async () => {
    const browser = hub.browser()
    const landingsAfter = async (address: string) => {
      await browser.enter(await linkOf(address))
      const rows = await hub.db('launches').join('servers', 'servers.id', 'launches.server').select('landing', 'path')
      return rows.map(({ landing, path }) => landing.slice(path.length))
    }
    assert.deepEqual(await landingsAfter('/notebooks/a.ipynb'), ['notebooks/a.ipynb'])
    assert.deepEqual((await landingsAfter('/spawn/tree/week1?sort=name')).toSorted(), [
      'notebooks/a.ipynb',
      'tree/week1?sort=name',
    ])
    assert.equal((await hub.db('servers')).length, 1)
  })

  it('of files ask before they open', async () => {
    const { text } = await hub.browser().navigate('/files/a.html')
    assert.match(text, /Go on only if you trust whoever gave it to you/)
    assert.equal(launchPageData(text).ask, 'true')
  })

  it('of rooms say why rooms are not there, and offer a notebook', async () => {
    for (const address of ['/spawn/user/class', '/spawn/user/class/notebooks/a.ipynb']) {
      const { status, text } = await hub.browser().navigate(address)
      assert.equal(status, 404)
      assert.match(text, /<h1>There are no rooms here<\/h1>/)
      assert.match(text, rooms)
      assert.match(text, /href="\/spawn"/)
    }
  })

  it('of anything else open nothing', async () => {
    for (const address of ['/spawn/lab', '/spawn/api/contents', '/notebook/a.ipynb'])
      assert.equal((await hub.browser().navigate(address)).status, 404)
    assert.equal((await hub.browser().submit('/spawn')).status, 405)
  })
})

describe("tmpnb's links where the config does not want them", () => {
  it('are not there, and the first page stays', async () => {
    for (const tmpnb of [undefined, { course: 'third', pages: false }]) {
      const hub = await startTestHub({ config: { ...(tmpnb && { tmpnb }) } })
      for (const address of ['/spawn', '/notebooks/a.ipynb', '/tree', '/files/a.csv', '/spawn/user/class', '/info'])
        assert.equal((await hub.browser().navigate(address)).status, 404, address)
      assert.match((await hub.browser().navigate('/')).text, /<h1>/)
      assert.equal((await hub.browser().fetch('/api/stats')).status, tmpnb === undefined ? 404 : 200)
      await hub.stop()
    }
  })
})
