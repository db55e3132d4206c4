import assert from 'node:assert/strict'
import { lms } from '../../authenticators/lms.ts'
import { oidc } from '../../authenticators/oidc.ts'
import { password } from '../../authenticators/password.ts'
import { temporary } from '../../authenticators/temporary.ts'
import { type ConfigInput, configSchema } from '../../config/config.ts'
import { warningsOf } from '../../config/warnings.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

type Rules = NonNullable<ConfigInput['rules']>
type When = Rules[number]['when']

describe('warnings about rules', () => {
  const campus = oidc({ name: 'campus', issuer: 'https://id.example.org', clientId: 'carrel', groups: { told: '/t' } })
  const shared = password({ shared: 'four plain short words', name: 'class' })
  const edx = lms({ issuer: 'edx', courses: ['demo'], pages: ['https://lms.example.org'], signed: false })
  const urls = { hubUrl: 'https://hub.example.org', serversUrl: 'https://*.nb.example.org' }

  function warned(rules: Rules, changes: Partial<ConfigInput> = {}, own: Rules = []): string[] {
    const config = configSchema.parse({
      spawner: quickSpawner(),
      authenticators: [temporary(), campus],
      groups: { physics: ['paul'], empty: [] },
      courses: {
        Demo: {
          image: 'x',
          rules: own,
          tags: { two: { image: 'y' } },
          embed: { ancestors: ['https://lms.example.org'] },
        },
      },
      rules,
      ...changes,
    })
    return warningsOf(config, urls)
      .filter(({ check }) => check === 'rules')
      .map(({ message }) => message)
  }
  const ofWhen = (when: When, authenticators: ConfigInput['authenticators'] = [temporary(), campus]) =>
    warned([{ when, gpu: true }], { authenticators })

  const fine: [what: string, when: When][] = [
    ['everyone', {}],
    ['staff', { role: 'staff' }],
    ['persons of a name, who may come', { name: ['ann', 'ben'] }],
    ['groups of the file and of a provider', { group: ['physics', 'told'] }],
    ['a group that a provider fills', { group: 'told', role: 'person' }],
    ['roles of which one has names', { role: ['temporary', 'person'], group: 'physics' }],
    ['temporary users', { role: 'temporary' }],
  ]
  for (const [what, when] of fine) {
    it(`are none for ${what}`, () => {
      assert.deepEqual(ofWhen(when), [])
    })
  }

  const odd: [what: string, when: When, authenticators: ConfigInput['authenticators'], expected: RegExp][] = [
    [
      'a group of temporary users',
      { role: 'temporary', group: 'physics' },
      [temporary(), campus],
      /"temporary" are in no/,
    ],
    ['a name of learners', { role: ['learner', 'temporary'], name: 'ann' }, [edx, temporary(), campus], /in no group/],
    ['a name where names are chosen', { name: 'ann' }, [shared], /by a name that counts/],
    ['staff where only visitors come', { role: ['staff', 'admin'] }, [temporary()], /by a name that counts/],
    ['learners without an LMS', { role: 'learner' }, [temporary()], /"learner" comes in here/],
    ['persons where only visitors come', { role: 'person' }, [temporary({ behind: campus })], /"person" comes in here/],
    ['temporary users where all sign in', { role: 'temporary' }, [campus], /"temporary" comes in here/],
    [
      'a group that nothing fills',
      { group: 'empty' },
      [campus],
      /nobody can be in "empty"\. Name persons in groups\.empty/,
    ],
  ]
  for (const [what, when, authenticators, expected] of odd) {
    it(`are there for ${what}`, () => {
      const [message, ...others] = ofWhen(when, authenticators)
      assert.match(message ?? '', /^rules\[0\]\.when: no one is meant, since /)
      assert.match(message ?? '', expected)
      assert.deepEqual(others, [])
    })
  }

  it('are none for a group that a file of people may fill', () => {
    assert.deepEqual(ofWhen({ group: 'empty' }, [password()]), [])
  })

  const pairs: [earlier: When, later: When, hides: boolean][] = [
    [{}, { role: 'staff' }, true],
    [{}, {}, true],
    [{ role: ['person', 'temporary'] }, { role: 'temporary' }, true],
    [{ role: 'staff' }, { role: 'admin' }, true],
    [{ role: 'person' }, { role: 'staff', name: 'ann' }, true],
    [{ group: ['physics', 'told'] }, { group: 'told' }, true],
    [{ role: 'admin' }, { role: 'staff' }, false],
    [{ role: 'staff' }, { role: 'person' }, false],
    [{ role: 'temporary' }, {}, false],
    [{ group: 'told' }, { group: ['physics', 'told'] }, false],
    [{ group: 'told' }, { name: 'ann' }, false],
    [{ role: 'person', name: 'ann' }, { role: 'person' }, false],
  ]
  for (const [earlier, later, hides] of pairs) {
    it(`are ${hides ? 'there' : 'none'} for ${JSON.stringify(later)} behind ${JSON.stringify(earlier)}`, () => {
      const rules = [earlier, later].map((when) => ({ when, gpu: true }))
      const expected = (place: string) => [
        `${place}[1].when: never counts, since ${place}[0] means all of these users and stands before it. Put the narrower rule first.`,
      ]
      assert.deepEqual(warned(rules), hides ? expected('rules') : [])
      assert.deepEqual(warned([], {}, rules), hides ? expected('courses.Demo.rules') : [])
    })
  }

  it('are none for a rule of the site that all rules of some course come before', () => {
    assert.deepEqual(warned([{ when: { role: 'staff' }, gpu: true }], {}, [{ when: {}, gpu: false }]), [])
  })

  it('tell of limits of idleness that are shorter than anything is known, and of no others', () => {
    const cull = (idleSeconds: number) => ({ cull: { idleSeconds } })
    const config = configSchema.parse({
      spawner: quickSpawner(),
      authenticators: [temporary()],
      activity: { quietSeconds: 100 },
      courses: {
        Demo: {
          image: 'x',
          ...cull(99),
          rules: [
            { when: { role: 'temporary' }, ...cull(100) },
            { when: {}, ...cull(1) },
          ],
        },
        Other: { image: 'x', cull: { maxAgeSeconds: 0 }, choices: { size: [{ name: 'small', ...cull(2) }] } },
      },
      rules: [{ when: {}, ...cull(50) }],
    })
    const found = warningsOf(config, urls).filter(({ check }) => check === 'culler')
    assert.deepEqual(
      found.map(({ message }) => message.split(' takes ')[0]),
      [
        'courses.Demo.cull.idleSeconds (99)',
        'courses.Demo.rules[1].cull.idleSeconds (1)',
        'courses.Other.choices.size[0].cull.idleSeconds (2)',
        'rules[0].cull.idleSeconds (50)',
      ],
    )
  })

  const endless: [
    what: string,
    course: object,
    rules: Rules,
    authenticators: ConfigInput['authenticators'],
    told: boolean,
  ][] = [
    ['a course', { cull: 'never' }, [], [temporary()], true],
    ['a rule', {}, [{ when: {}, cull: 'never' }], [temporary()], true],
    [
      'a rule behind one for others',
      {},
      [
        { when: { role: 'staff' }, gpu: true },
        { when: {}, cull: 'never' },
      ],
      [temporary(), campus],
      true,
    ],
    [
      'a rule that leaves the course as it is',
      { cull: 'never' },
      [{ when: { role: 'temporary' }, gpu: true }],
      [temporary()],
      true,
    ],
    [
      'a course with a limit for visitors',
      { cull: 'never' },
      [{ when: { role: 'temporary' }, cull: {} }],
      [temporary()],
      false,
    ],
    ['a rule for persons', {}, [{ when: { role: 'person' }, cull: 'never' }], [temporary(), campus], false],
    ['a rule for a group', {}, [{ when: { group: 'physics' }, cull: 'never' }], [temporary(), campus], false],
    ['a course without visitors', { cull: 'never' }, [], [campus], false],
  ]
  for (const [what, course, rules, authenticators, told] of endless) {
    it(`${told ? 'tell' : 'tell nothing'} of servers that ${what} never stops`, () => {
      const config = configSchema.parse({
        ...{ spawner: quickSpawner(), authenticators, groups: { physics: ['paul'] } },
        courses: { Demo: { image: 'x', ...course, rules } },
      })
      const found = warningsOf(config, urls).filter(({ check }) => check === 'culler')
      assert.deepEqual(
        found.map(({ message }) => message.split(': cull')[0]),
        told ? ['courses.Demo'] : [],
      )
    })
  }
})
