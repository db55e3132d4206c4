import assert from 'node:assert/strict'
import { password } from '../../authenticators/password.ts'
import { configSchema } from '../../config/config.ts'
import { warningsOf } from '../../config/warnings.ts'
import { everySettled } from '../../courses/settled.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

const base = { spawner: quickSpawner(), authenticators: [password()], groups: { authors: ['ann'] } }
const withChoices = (size: object[], more: object = {}, site: object = {}) =>
  configSchema.safeParse({ ...base, ...site, courses: { ml: { image: 'x', choices: { size }, ...more } } })

describe('choices in a config', () => {
  const refused: [what: string, size: object[], more: object, site: object, problem: string][] = [
    [
      'an option that the spawner does not have',
      [{ name: 'a' }, { name: 'b', options: { nod: 'x' } }],
      {},
      {},
      'courses.ml.choices.size.1.options.nod: is no option for single servers; did you mean "node"?',
    ],
    [
      'a value that the spawner does not take',
      [{ name: 'a', options: { mounts: ['/a', 1] } }],
      {},
      {},
      'courses.ml.choices.size.0.options.mounts.1: is a path',
    ],
    [
      'an option that does not go with one of the course',
      [{ name: 'a', options: { host: true } }],
      { options: { mounts: [] } },
      {},
      'courses.ml.choices.size.0.options.host: goes with no mounts (with the options of the course ml)',
    ],
    [
      'an option that does not go with one of a rule of the site',
      [{ name: 'a', options: { host: true } }],
      {},
      { rules: [{ when: {}, options: { mounts: [] } }] },
      'courses.ml.choices.size.0.options.host: goes with no mounts (with the options of the course ml)',
    ],
    [
      'more reserved than a rule allows',
      [{ name: 'a', limits: { memoryGuarantee: '3G' } }],
      { limits: { memory: '4G' }, rules: [{ when: {}, limits: { memory: '2G' } }] },
      {},
      'courses.ml.choices.size.0.limits.memoryGuarantee: is more than the memory that the server may use: say a higher memory too',
    ],
  ]
  for (const [what, size, more, site, problem] of refused) {
    it(`are refused for ${what}`, () => {
      const issues = withChoices(size, more, site).error?.issues ?? []
      assert.deepEqual([...new Set(issues.map(({ path, message }) => `${path.join('.')}: ${message}`))], [problem])
    })
  }

  it('are looked at with all that they can be combined to', () => {
    const size = [{ name: 'a' }, { name: 'b', options: { node: 'big' }, gpu: true }]
    const { data } = withChoices(size, {
      options: { node: 'usual' },
      choices: { size, disk: [{ name: 'c' }, { name: 'd', options: { mounts: ['/d'] } }] },
    })
    const { ml } = data?.courses ?? {}
    assert.ok(ml)
    assert.deepEqual(
      everySettled(ml).map(({ options, gpu }) => [options, gpu]),
      [
        [{ node: 'usual' }, false],
        [{ node: 'usual', mounts: ['/d'] }, false],
        [{ node: 'big' }, true],
        [{ node: 'big', mounts: ['/d'] }, true],
      ],
    )
  })

  it('warn of a group that does not exist', () => {
    const { data } = withChoices([{ name: 'a' }, { name: 'b', open: ['group:autors', 'ann'] }])
    assert.ok(data)
    const urls = { hubUrl: 'https://hub.example.org', serversUrl: 'https://*.nb.example.org' }
    assert.deepEqual(
      warningsOf(data, urls).map(({ message }) => message),
      ['courses.ml.choices.size[1].open: "group:autors" is no group of this file; did you mean "group:authors"?'],
    )
  })
})
