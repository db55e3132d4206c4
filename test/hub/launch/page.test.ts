import assert from 'node:assert/strict'
import { launchPageData, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

describe('a link that begins with several slashes', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub()
  })
  afterEach(() => hub.stop())

  it('leads to this hub, and not to a host with the name of its first segment', async () => {
    for (const link of ['//launch/demo/a.ipynb', '///hub//tmplogin?course=demo&notebook=a.ipynb']) {
      const page = await hub.browser().navigate(link, { 'sec-fetch-dest': 'iframe' })
      assert.equal(page.status, 200)
      const hrefs = [...page.text.matchAll(/(?:href|data-link|value)="(\/[^"]*)"/g)].map(([, href = '']) => href)
      assert.deepEqual(
        hrefs.filter((href) => new URL(href, 'http://hub.test').host !== 'hub.test'),
        [],
      )
      assert.match(launchPageData(page.text).link, /^\/[a-z]/)
    }
  })
})
