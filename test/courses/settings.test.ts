import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { describeProblems } from '../../config/problems.ts'
import type { Course } from '../../courses/course.ts'
import { type Settings, withSettings } from '../../courses/settings.ts'
import { spellingHints } from '../../net/settings/read.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

const spawner = quickSpawner()
const read = (more: object) =>
  configSchema.safeParse({ spawner, authenticators: [temporary()], ...more }, { error: spellingHints })
const coursesOf = (more: object): Record<string, Course> => {
  const { data, error } = read(more)
  assert.equal(error, undefined)
  return data?.courses ?? {}
}
const courseOf = (course: object, more: object = {}): Course => {
  const { demo } = coursesOf({ courses: { demo: { image: 'x', ...course } }, ...more })
  assert.ok(demo)
  return demo
}
const problemsOf = (more: object) =>
  describeProblems(read(more).error?.issues ?? [], { file: '', text: '', env: {} }).sort()
const ofRule = (rule: object) => problemsOf({ courses: { demo: { image: 'x' } }, rules: [rule] })

describe('settings of a course', () => {
  it('are those of earlier versions where nothing new is said', () => {
    const { options, cull, rules, env, gpu, limits } = courseOf({})
    assert.deepEqual(
      { options, cull, rules, env, gpu, limits },
      {
        options: {},
        cull: undefined,
        rules: [],
        env: {},
        gpu: false,
        limits: { memory: 2 ** 31, memoryGuarantee: 2 ** 28 },
      },
    )
  })

  it('are replaced one by one, an option and the limits of the culler as a whole', () => {
    const course = courseOf({
      limits: { cpu: 1, memory: '1G', memoryGuarantee: '512M' },
      env: { A: 'course', B: 'course' },
      options: { node: 'small', mounts: ['a', 'b'] },
      cull: { idleSeconds: 60, spareBusy: false },
    })
    const settings = { limits: { cpu: 2 }, env: { B: 'rule' }, options: { mounts: ['c'] }, cull: { maxAgeSeconds: 0 } }
    const { limits, env, options, cull, gpu, image } = withSettings(course, settings)
    assert.deepEqual(
      { limits, env, options, cull, gpu, image },
      {
        limits: { cpu: 2, memory: 2 ** 30, memoryGuarantee: 2 ** 29 },
        env: { A: 'course', B: 'rule' },
        options: { node: 'small', mounts: ['c'] },
        cull: { maxAgeSeconds: 0 },
        gpu: false,
        image: 'x',
      },
    )
    assert.deepEqual(withSettings(course, {}), course)
    assert.equal(withSettings(course, { gpu: true, cull: 'never' }).cull, 'never')
  })

  it('reserve no more than a lower limit allows, and nothing limits `unlimited`', () => {
    const course = courseOf({ limits: { cpu: 4, cpuGuarantee: 2, memory: '4G', memoryGuarantee: '1G' } })
    const limits = (given: Settings['limits']) => withSettings(course, { limits: given }).limits
    assert.deepEqual(limits({ cpu: 1, memory: 2 ** 29 }), {
      cpu: 1,
      cpuGuarantee: 1,
      memory: 2 ** 29,
      memoryGuarantee: 2 ** 29,
    })
    const [rule] = courseOf({ rules: [{ when: {}, limits: { memory: 'unlimited' } }] }).rules
    assert.deepEqual(limits(rule?.limits), { cpu: 4, cpuGuarantee: 2, memoryGuarantee: 2 ** 30 })
  })

  it("leave Jupyter's settings of the config where a rule names a folder of its own", () => {
    const course = courseOf({ jupyter: { overrides: {} } })
    const settings = { env: { JUPYTER_CONFIG_PATH: '/opt/staff' } }
    assert.equal(withSettings(course, settings).env.JUPYTER_CONFIG_PATH, '/srv/carrel/jupyter:/opt/staff')
    assert.equal(withSettings(courseOf({}), settings).env.JUPYTER_CONFIG_PATH, '/opt/staff')
  })
})

describe('rules', () => {
  it("of a course stand before those of the site, and are its variants' too", () => {
    const own = { when: { role: 'staff' }, gpu: true }
    const site = { when: { role: ['person', 'learner'], group: 'ml', name: 'ann' }, cull: 'never' }
    const courses = coursesOf({
      courses: { demo: { image: 'x', rules: [own], tags: { two: { image: 'y' } }, gpuOnRequest: [] } },
      groups: { ml: ['ann'] },
      rules: [site],
    })
    assert.deepEqual(courses.demo?.rules, [own, site])
    assert.deepEqual(courses['demo--two']?.rules, [own, site])
  })

  it('take no GPU away, and give none, where a link has asked for one', () => {
    const rules = [{ when: {}, gpu: false, limits: { cpu: 1 } }]
    const gpu = coursesOf({ courses: { demo: { image: 'x', rules, gpuOnRequest: [] } } })['demo--gpu']
    assert.deepEqual(gpu?.rules, [{ when: {}, limits: { cpu: 1 } }])
  })

  it('are strict, and say what was meant', () => {
    assert.deepEqual(ofRule({ when: { rol: 'staff' }, limit: {} }), [
      'rules[0].limit: is not a setting here; did you mean "limits"?',
      'rules[0].when.rol: is not a setting here; did you mean "role"?',
    ])
    const roles = "'admin', 'staff', 'person', 'learner', 'temporary'"
    assert.deepEqual(ofRule({ when: { role: 'teacher' } }), [
      `rules[0].when.role: is one of ${roles}, or a list of them`,
    ])
    assert.deepEqual(ofRule({ when: { role: ['admin', 'staf'] } }), [
      `rules[0].when.role[1]: is one of ${roles}, or a list of them; did you mean "staff"?`,
    ])
    assert.equal(ofRule({ when: { role: [] } }).length, 1)
    assert.deepEqual(ofRule({ gpu: true }), ['rules[0].when: is missing (expected: object)'])
  })

  it('name groups that the file has, by their names alone', () => {
    const rules = [{ when: { group: 'phisics' } }, { when: { group: ['physics', 'math'] } }]
    const courses = { demo: { image: 'x', rules: [{ when: { group: 'staff' } }] } }
    assert.deepEqual(problemsOf({ courses, rules, groups: { physics: [] } }), [
      'courses.demo.rules[0].when.group: "group:staff" is no group of this file; add it to groups, or correct the name',
      'rules[0].when.group: "group:phisics" is no group of this file; did you mean "group:physics"?',
      'rules[1].when.group[1]: "group:math" is no group of this file; add it to groups, or correct the name',
    ])
    assert.equal(ofRule({ when: { group: 'group:physics' } }).length, 1)
    assert.deepEqual(ofRule({ when: { name: 'lms:edx:1' } }).length, 1)
  })

  it('say limits of the culler, and nothing like them', () => {
    const cull = (value: unknown) => ofRule({ when: {}, cull: value })
    assert.deepEqual(cull('never'), [])
    assert.deepEqual(cull({ idleSeconds: 60, maxAgeSeconds: 0, spareBusy: false }), [])
    const form = "is 'never', or limits like { idleSeconds: 3600, maxAgeSeconds: 0 }"
    assert.deepEqual(cull('nver'), [`rules[0].cull: ${form}`])
    assert.deepEqual(cull({ idleSeconds: 0 }), ['rules[0].cull.idleSeconds: is too small: must be >0'])
    assert.equal(cull({ idle: 1 }).length, 1)
  })
})

describe('options of a course and of rules', () => {
  const courses = (options: object, rules: object[] = []) => ({ demo: { image: 'x', options, rules } })

  it('are checked by the spawner, each problem with its own place in the file', () => {
    assert.deepEqual(
      problemsOf({
        courses: courses({ node: 7 }, [{ when: {}, options: { mounts: ['a', 1] } }]),
        rules: [
          { when: {}, options: { host: true } },
          { when: {}, options: { mounts: {} } },
        ],
      }),
      [
        'courses.demo.options.node: is the name of a node',
        'courses.demo.rules[0].options.mounts[1]: is a path',
        'rules[1].options.mounts: is a list',
      ],
    )
  })

  it('are options of that spawner for single servers, or what was meant is said', () => {
    assert.deepEqual(problemsOf({ courses: courses({ nodes: 'a' }, [{ when: {}, options: { network: false } }]) }), [
      'courses.demo.options.nodes: is no option for single servers; did you mean "node"?',
      'courses.demo.rules[0].options.network: is no option for single servers; the quick spawner takes here: node, mounts, host',
    ])
    const { serverOptions: _, ...without } = spawner
    assert.deepEqual(problemsOf({ spawner: without, courses: courses({ node: 'a' }) }), [
      'courses.demo.options: the quick spawner has the same options for all servers: say them where it is made, or take this out',
    ])
    assert.deepEqual(problemsOf({ spawner: without, courses: courses({}) }), [])
  })

  it('are checked whatever else is wrong with the file', () => {
    const wrong = { when: { role: 'stuff' }, options: { mounts: 'x' } }
    const choices = { size: [{ name: 'A', options: { host: true, node: 1 } }, 7] }
    const demo = { image: 7, options: { nod: 'a' }, limits: { memory: 'much' }, rules: [wrong, 'x'], choices }
    const found = problemsOf({ courses: { demo, other: 'x' }, rules: [{ options: { node: 2 } }] })
    assert.deepEqual(
      found.filter((problem) => problem.includes('.options')),
      [
        'courses.demo.choices.size[0].options.node: is the name of a node',
        'courses.demo.options.nod: is no option for single servers; did you mean "node"?',
        'courses.demo.rules[0].options.mounts: is a list',
        'rules[0].options.node: is the name of a node',
      ],
    )
  })

  it('must be right beside those of the courses that they come over', () => {
    assert.deepEqual(problemsOf({ courses: courses({ mounts: [] }), rules: [{ when: {}, options: { host: true } }] }), [
      'rules[0].options.host: goes with no mounts (with the options of the course demo)',
    ])
  })

  it('are plain data', () => {
    assert.match(problemsOf({ courses: courses({ node: () => 'a' }) }).join('\n'), /^courses\.demo\.options\.node: /)
  })
})

describe('guarantees', () => {
  it('are no more than the server may use', () => {
    const limits = { memory: '1G', memoryGuarantee: '2G', cpu: 1, cpuGuarantee: 2 }
    const rules = [{ when: {}, limits: { memoryGuarantee: '3G' } }]
    const small = { memory: '1G' }
    assert.deepEqual(problemsOf({ courses: { demo: { image: 'x', limits } }, rules: [] }), [
      'courses.demo.limits.cpuGuarantee: is more than the cpu that the server may use: say a higher cpu too',
      'courses.demo.limits.memoryGuarantee: is more than the memory that the server may use: say a higher memory too',
    ])
    assert.deepEqual(problemsOf({ courses: { a: { image: 'x', limits: small }, b: { image: 'x' } }, rules }), [
      'rules[0].limits.memoryGuarantee: is more than the memory that the server may use: say a higher memory too',
    ])
    const twice = { demo: { image: 'x', rules: [{ when: {}, limits: { memoryGuarantee: '4G' } }] } }
    assert.deepEqual(problemsOf({ courses: twice }), [
      'courses.demo.rules[0].limits.memoryGuarantee: is more than the memory that the server may use: say a higher memory too',
    ])
    const endless = {
      demo: { ...twice.demo, limits: { memory: 'unlimited' } },
      large: { image: 'x', limits: { memoryGuarantee: '4G' } },
    }
    assert.deepEqual(problemsOf({ courses: endless }), [])
    const loose = { ...spawner, enforcesLimits: false }
    assert.deepEqual(problemsOf({ spawner: loose, courses: { demo: { image: 'x', limits } } }), [])
  })
})
