import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import { courseSchema } from '../../courses/course.ts'
import { processSpawner } from '../../spawners/process/process.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

describe('the home of a course', () => {
  const withHomes = { ...quickSpawner(), homes: { enforcesSize: true } }
  const read = (courses: object, spawner: object = withHomes) =>
    configSchema.safeParse({ spawner, authenticators: [temporary()], courses })
  const problemsOf = (courses: object, spawner?: object) =>
    read(courses, spawner).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

  it('is none unless the course says so, and then one for each learner and course', () => {
    const parse = (home?: object) => courseSchema.parse({ image: '', home }).home
    assert.equal(parse(), undefined)
    assert.deepEqual(parse({ path: '/home/jovyan/work' }), { path: '/home/jovyan/work', per: 'course' })
    assert.deepEqual(parse({ path: '/work', size: '1.5G', from: 'image', per: 'user' }), {
      ...{ path: '/work', size: 1.5 * 2 ** 30, from: 'image', per: 'user' },
    })
  })

  const refused: [what: string, home: unknown, path: string][] = [
    ['a text', 'welcome.ipynb', 'home'],
    ['no folder', {}, 'home.path'],
    ['a word that it does not know', { path: '/work', pth: 'x' }, 'home'],
    ['no room at all', { path: '/work', size: 0 }, 'home.size'],
    ['a size in other words', { path: '/work', size: '5 GB' }, 'home.size'],
    ['files of another origin', { path: '/work', from: 'git' }, 'home.from'],
    ['no day to keep it', { path: '/work', keepDays: 0 }, 'home.keepDays'],
    ['another owner', { path: '/work', per: 'group' }, 'home.per'],
  ]
  for (const [what, home, path] of refused) {
    it(`refuses ${what}, and says where`, () => {
      const { error } = courseSchema.safeParse({ image: '', home })
      assert.deepEqual(
        error?.issues.map((issue) => issue.path.join('.')),
        [path],
      )
    })
  }

  it('lies in a folder of its own', () => {
    const taken = (path: string) => courseSchema.safeParse({ image: '', home: { path } }).success
    for (const path of [
      '/home/jovyan/work',
      '/home/jovyan',
      '/home',
      '/work',
      '/srv/work',
      '/srv/carrels',
      '/tmpfiles',
    ])
      assert.equal(taken(path), true, path)
    const system = [
      '/',
      '/tmp',
      '/tmp/x',
      '/srv',
      '/srv/carrel',
      '/srv/carrel/x',
      '/etc',
      '/usr/local',
      '/proc',
      '/var',
    ]
    const odd = ['', 'work', './work', '/a/../b', '/a/..', '/a/.', '/a//b', '/a/', '//a', '/a b', '/a:b', '/a\n', '/ä']
    for (const path of [...system, ...odd, `/${'a'.repeat(255)}`])
      assert.equal(taken(path), false, JSON.stringify(path))
  })

  it('is refused where the spawner has no homes, with the place', () => {
    const course = { image: '', home: { path: '/work' } }
    const { homes: _, ...plain } = quickSpawner()
    assert.deepEqual(problemsOf({ a: { image: '' }, Demo: course }, plain), [
      'courses.Demo.home: the quick spawner keeps no homes: take this out, or run servers with a spawner that has homes',
    ])
    assert.deepEqual(problemsOf({ Demo: course }), [])
    const both = problemsOf({ Demo: course }, processSpawner({ nonsense: 1 } as never))
    assert.deepEqual(both, ['spawner: refuses its options'], 'what a refused spawner has is not known')
  })

  it('is kept under the id of its course, which a new name leaves as it is', () => {
    const idsOf = (courses: object) =>
      Object.values(read(courses).data?.courses ?? {}).map(({ slug, id }) => `${slug} ${id}`)
    const ml = { image: 'x', home: { path: '/work' }, tags: { next: { image: 'y' } }, gpuOnRequest: [] }
    assert.deepEqual(idsOf({ ML: ml }), ['ml ml', 'ml--next ml', 'ml--gpu ml', 'ml--next--gpu ml'])
    assert.deepEqual(idsOf({ 'Machine-Learning': { ...ml, id: 'ml' } }), [
      ...['machine-learning ml', 'machine-learning--next ml', 'machine-learning--gpu ml'],
      'machine-learning--next--gpu ml',
    ])
    assert.deepEqual(idsOf({ ML: { image: 'x', id: 'ml' } }), ['ml ml'])
  })

  const clashes: [what: string, courses: object, expected: string[]][] = [
    [
      'the name of another course',
      { a: { image: '', id: 'b' }, B: { image: '' } },
      ['courses.a.id: "b" is the name of the course B, and two courses never share homes: take another'],
    ],
    [
      'the id of another course',
      { a: { image: '', id: 'x' }, b: { image: '', id: 'x' } },
      ['a', 'b'].map(
        (name, index) =>
          `courses.${name}.id: "x" is the id of the course ${['b', 'a'][index]}, and two courses never share homes: take another`,
      ),
    ],
    [
      'the former name of a course that has another id now',
      { a: { image: '', id: 'b' }, b: { image: '', id: 'c' } },
      ['courses.a.id: "b" is the name of the course b, and two courses never share homes: take another'],
    ],
    ['capitals', { a: { image: '', id: 'Old' } }, ['courses.a.id: has small letters only']],
    [
      'one home of two sizes',
      {
        a: { image: '', home: { path: '/work', per: 'user', size: '1G' } },
        b: { image: '', home: { path: '/work', per: 'user' } },
        c: { image: '', home: { path: '/files', per: 'user', size: 2 ** 30 } },
        d: { image: '', home: { path: '/work', size: '3G' } },
      },
      ["courses.b.home.size: differs from that of a, and both say per: 'user', which is one home: say the same"],
    ],
    [
      'one home for two times',
      {
        a: { image: '', home: { path: '/work', per: 'user', keepDays: 1 } },
        b: { image: '', home: { path: '/work', per: 'user', keepDays: 2 } },
      },
      ["courses.b.home.keepDays: differs from that of a, and both say per: 'user', which is one home: say the same"],
    ],
  ]
  for (const [what, courses, expected] of clashes) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(courses), expected))
  }

  it('has no id that is a path or empty', () => {
    for (const id of ['', '.', '..', '../x', 'a/b', 'a b', '-a', 'x'.repeat(64), 'api'])
      assert.equal(courseSchema.safeParse({ image: '', id }).success, false, JSON.stringify(id))
  })
})
