import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { tmpnbSchema } from '../../config/sections/tmpnb.ts'
import { masked } from '../../config/show.ts'
import { processSpawner } from '../../spawners/process/process.ts'
import { people } from '../hub/people.ts'

const apiToken = 'a-token-for-the-portal-0123456789abcd'

describe('the settings of tmpnb', () => {
  const problemsOf = (more: object): string[] => {
    const whole = {
      spawner: processSpawner(),
      authenticators: [temporary()],
      courses: { Demo: { image: 'x' } },
      ...more,
    }
    const { error } = configSchema.safeParse(whole)
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  }

  it('name one course, and have pages by default, but not the first page', () => {
    assert.deepEqual(tmpnbSchema.parse({ course: 'demo' }), { course: 'demo', pages: true, front: false })
    assert.deepEqual(problemsOf({ tmpnb: { course: 'demo', apiToken } }), [])
    assert.deepEqual(problemsOf({}), [])
  })

  const bad: Record<string, [settings: object, message: RegExp]> = {
    'a course that is not there': [{ tmpnb: { course: 'other' } }, /^tmpnb\.course: is none of the courses/],
    'an inherited name': [{ tmpnb: { course: 'constructor' } }, /^tmpnb\.course: is none of the courses/],
    'visitors who could not come in': [
      { tmpnb: { course: 'demo' }, authenticators: [people] },
      /^tmpnb\.course: needs temporary\(\)/,
    ],
    'a capacity that cannot be told': [
      { tmpnb: { course: 'demo' }, limits: { servers: 'unlimited' } },
      /^tmpnb\.course: needs a number in limits\.servers/,
    ],
    'a first page without pages': [
      { tmpnb: { course: 'demo', front: true, pages: false } },
      /^tmpnb\.front: needs pages/,
    ],
    'a short token': [{ tmpnb: { course: 'demo', apiToken: 's3cret' } }, /^tmpnb\.apiToken: has fewer than 32/],
    'a missing variable': [{ tmpnb: { course: 'demo', apiToken: 7 } }, /^tmpnb\.apiToken: .*environment variable/],
    'a word that is not a setting': [{ tmpnb: { course: 'demo', poolSize: 5 } }, /^tmpnb: .*poolSize/],
  }
  for (const [what, [settings, message]] of Object.entries(bad)) {
    it(`refuse ${what}`, () => {
      const problems = problemsOf(settings)
      assert.equal(problems.length, 1, problems.join())
      assert.match(problems[0] ?? '', message)
      assert.doesNotMatch(problems[0] ?? '', /s3cret/)
    })
  }

  it('are shown without the token', () => {
    assert.equal(masked(apiToken, 'apiToken'), '(hidden)')
  })
})
