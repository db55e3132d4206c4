import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { lmsUrl, redeem, startTestHub } from '../../helpers/test-hub.ts'

describe('links of nbhosting on a page of an LMS', () => {
  const cleanup = cleanupAfterEach()
  const fromLms = { framed: true, referer: `${lmsUrl}/` }

  const places: [link: string, place: RegExp][] = [
    ['/ipythonForward/Python/7/tree/w1?x=1', /\/python\/tree\/w1\?x=1$/],
    ['/ipythonForward/Python/7/lab', /\/python\/lab$/],
    ['/notebookGitRepo/Python/w1/a/7', /\/python\/lab\/.*tree\/w1\/a\.ipynb$/],
  ]
  for (const [link, place] of places) {
    it(`${link} opens in the learner's own server`, async () => {
      const authenticators = [lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })]
      const hub = await startTestHub({
        config: { authenticators, courses: { Python: { image: 'python', embed: { ancestors: [lmsUrl] } } } },
      })
      cleanup.defer(() => hub.stop())
      const { ticket } = await hub.browser().enter(link, fromLms)
      assert.match((await redeem(hub, ticket)).json().to, place)
    })
  }
})
