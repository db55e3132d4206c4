import assert from 'node:assert/strict'
import { lms } from '../../../authenticators/lms.ts'
import { lmsUrl, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

describe('a course page whose frame cannot work, because the hub is reached by http', () => {
  let hub: TestHub
  const link = '/ipythonExercice/Python/week1/7'

  async function startAt(hubUrl: string, serversUrl: string): Promise<void> {
    hub = await startTestHub({
      config: {
        hub: { url: hubUrl, port: 0, insecureHttp: true },
        servers: { url: serversUrl },
        authenticators: [lms({ issuer: 'edx', courses: ['Python'], pages: [lmsUrl], signed: false })],
      },
    })
  }
  afterEach(() => hub?.stop())

  /** Returns the answer to a learner's launch whose page did not say where the link stands. */
  async function refusal(headers: Record<string, string> = {}): Promise<{ error: string; message: string }> {
    const answer = await hub.browser().post('/hub/launches', { link, framed: true }, headers)
    assert.equal(answer.status, 403)
    return answer.json()
  }
  const warnings = () => hub.log.filter((line) => /course pages: frames need https/.test(line))

  it('tells learners the true reason, and the operator once', async () => {
    await startAt('http://hub.test', 'http://nb.test')
    assert.deepEqual(warnings(), [])
    for (let visit = 0; visit < 3; visit += 1) {
      const { error, message } = await refusal()
      assert.equal(error, 'lms_needed')
      assert.match(message, /Open it from there.*reached by http.*keep no cookies in a frame.*the site needs https/)
      assert.doesNotMatch(message, /forbid browsers/)
    }
    const [line = '', ...others] = warnings()
    assert.deepEqual(others, [])
    assert.equal(JSON.parse(line).level, 40)
    assert.doesNotMatch(line, /week1/)
  })

  it('warns the operator at the start', async () => {
    await startAt('http://hub.test', 'http://nb.test')
    const lines = hub.log.filter((line) => /no course opens in a frame, because hub\.url is http/.test(line))
    assert.equal(lines.length, 1)
  })

  for (const [hubUrl, serversUrl] of [
    ['http://127.0.0.1:8000', 'http://localhost:8000'],
    ['https://hub.test', 'https://nb.test'],
  ] as const) {
    it(`names another reason at ${hubUrl}, where frames work`, async () => {
      await startAt(hubUrl, serversUrl)
      const { message } = await refusal({ origin: hubUrl, host: new URL(hubUrl).host })
      assert.match(message, /may forbid browsers to say where a link comes from/)
      assert.deepEqual(warnings(), [])
    })
  }
})
