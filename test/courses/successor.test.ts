import assert from 'node:assert/strict'
import type { ConfigInput } from '../../config/config.ts'
import { endText, successorOf } from '../../courses/successor.ts'
import { findVariant } from '../../courses/variants.ts'
import { testConfig } from '../helpers/test-hub.ts'

const authenticators = testConfig({}).authenticators.filter(({ kind }) => kind === 'temporary')
const coursesOf = (courses: ConfigInput['courses']) => testConfig({}, undefined, { courses, authenticators }).courses
const named = (courses: ReturnType<typeof coursesOf>, slug: string) => {
  const course = courses[slug]
  assert.ok(course, slug)
  return course
}

describe('courses on their way out', () => {
  const courses = coursesOf({
    old: { image: 'a', title: 'Python 2', deprecated: { instead: 'Middle', message: 'It goes in May.' } },
    Middle: { image: 'b', deprecated: { instead: 'new' } },
    new: { image: 'c', title: 'Python 3' },
    last: { image: 'd', deprecated: { message: 'It goes in June.' } },
    away: { image: 'e', deprecated: { instead: 'secret' } },
    secret: { image: 'f', hidden: true },
    ml: {
      image: 'g',
      gpuOnRequest: 'everyone',
      tags: {
        '2025': { image: 'g:2025', open: 'everyone', deprecated: { instead: '2027' } },
        '2026': { image: 'g:2026', deprecated: { message: 'It goes in July.' } },
        '2027': { image: 'g:2027', open: 'everyone' },
      },
    },
    gone: { image: 'h', deprecated: { instead: 'new' }, tags: { edge: { image: 'h:edge' } } },
  })
  const rows: [slug: string, successor: string, text: string | undefined][] = [
    ['new', 'new', undefined],
    ['middle', 'new', 'Python 3 has replaced Middle.'],
    ['old', 'new', 'Python 3 has replaced Python 2. It goes in May.'],
    ['last', 'last', 'It goes in June.'],
    ['away', 'secret', 'Another course has replaced away.'],
    ['ml', 'ml', undefined],
    ['ml--2025', 'ml--2027', 'ml (2027) has replaced ml (2025).'],
    ['ml--2026', 'ml--2026', 'It goes in July.'],
    ['gone--edge', 'new', 'Python 3 has replaced gone (edge).'],
  ]
  for (const [slug, successor, text] of rows) {
    it(`lead from ${slug} to ${successor}${text === undefined ? ', and nothing is said' : `, which is told as "${text}"`}`, () => {
      assert.equal(successorOf(courses, named(courses, slug)).slug, successor)
      assert.equal(endText(courses, named(courses, slug))?.toString(), text)
    })
  }

  it('have their tags replaced in links and programs, also where a GPU is wanted', () => {
    const wanted = (tag: string, gpu = false) =>
      findVariant(courses, named(courses, 'ml'), { tag, app: undefined, gpu })?.slug
    assert.deepEqual(
      [wanted('2025'), wanted('2025', true), wanted('2026'), wanted('2027'), wanted('2024')],
      ['ml--2027', 'ml--2027--gpu', 'ml--2026', 'ml--2027', undefined],
    )
  })

  const problems: [courses: ConfigInput['courses'], path: string, message: RegExp][] = [
    [{ a: { image: '', deprecated: {} } }, 'courses.a.deprecated', /says nothing: say message/],
    [{ a: { image: '', deprecated: { instead: 'b' } } }, 'courses.a.deprecated.instead', /"b" is no course; correct/],
    [
      { algebra: { image: '', deprecated: { instead: 'algebar-2' } }, 'algebra-2': { image: '' } },
      'courses.algebra.deprecated.instead',
      /"algebar-2" is no course; did you mean "algebra-2"\?/,
    ],
    [{ a: { image: '', deprecated: { instead: 'A' } } }, 'courses.a.deprecated.instead', /in a circle \(a, a\)/],
    [
      {
        a: { image: '', deprecated: { instead: 'b' } },
        b: { image: '', deprecated: { instead: 'c' } },
        c: { image: '', deprecated: { instead: 'a' } },
      },
      'courses.b.deprecated.instead',
      /in a circle \(b, c, a, b\)/,
    ],
    [
      { a: { image: '', tags: { x: { image: '' } }, deprecated: { instead: 'a--x' } } },
      'courses.a.deprecated.instead',
      /"a--x" is no course/,
    ],
    [
      { a: { image: '', tags: { x: { image: '', deprecated: { instead: 'y' } } } } },
      'courses.a.tags.x.deprecated.instead',
      /"y" is no tag of this course/,
    ],
    [
      {
        a: {
          image: '',
          tags: { x: { image: '', deprecated: { instead: 'y' } }, y: { image: '', deprecated: { instead: 'x' } } },
        },
      },
      'courses.a.tags.y.deprecated.instead',
      /in a circle \(y, x, y\)/,
    ],
    [{ a: { image: '', deprecated: { instead: '../x' } } }, 'courses.a.deprecated.instead', /a course name has/],
  ]
  for (const [given, path, message] of problems) {
    it(`are refused with ${message.source} at ${path}`, () => {
      assert.throws(
        () => coursesOf(given),
        (error: { issues: { path: PropertyKey[]; message: string }[] }) => {
          const found = error.issues.find((issue) => issue.path.join('.') === path)
          assert.match(String(found?.message), message)
          return true
        },
      )
    })
  }

  it('may lead into a circle that they are no part of, which is told of its own courses only', () => {
    assert.throws(
      () =>
        coursesOf({
          a: { image: '', deprecated: { instead: 'b' } },
          b: { image: '', deprecated: { instead: 'c' } },
          c: { image: '', deprecated: { instead: 'b' } },
        }),
      (error: { issues: { path: PropertyKey[] }[] }) => {
        assert.deepEqual(
          error.issues.map(({ path }) => path[1]),
          ['b', 'c'],
        )
        return true
      },
    )
  })
})
