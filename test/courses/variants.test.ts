import assert from 'node:assert/strict'
import { temporary } from '../../authenticators/temporary.ts'
import { configSchema } from '../../config/config.ts'
import type { Course } from '../../courses/course.ts'
import { findVariant } from '../../courses/variants.ts'
import { quickSpawner } from '../helpers/fake-spawners.ts'

describe('variants of a course', () => {
  const read = (courses: object) =>
    configSchema.safeParse({ spawner: quickSpawner(), authenticators: [temporary()], courses })
  const coursesOf = (courses: object): Record<string, Course> => read(courses).data?.courses ?? {}
  const ml = {
    image: 'ml:1',
    title: 'Learning',
    staff: ['grace'],
    opens: '2027-01-18T09:00Z',
    tags: { 'v2.0-3-gabc': { image: 'ml:2', open: 'everyone' }, next: { image: 'ml:next' } },
    gpuOnRequest: ['ann'],
  }

  it('are courses of their own, with another image or a GPU, and all else of the course', () => {
    const courses = coursesOf({ ML: ml, plain: { image: 'x' } })
    assert.deepEqual(Object.keys(courses), [
      ...['ml', 'ml--v2.0-3-gabc', 'ml--next', 'ml--gpu', 'ml--v2.0-3-gabc--gpu', 'ml--next--gpu', 'plain'],
    ])
    const { name, title, image, open, hidden, gpu, staff, opens, variantOf } = courses['ml--v2.0-3-gabc--gpu'] ?? {}
    assert.deepEqual(
      { name, title, image, open, hidden, gpu, staff, opens, variantOf },
      {
        name: 'ML--v2.0-3-gabc--gpu',
        title: 'Learning (v2.0-3-gabc) (GPU)',
        image: 'ml:2',
        open: ['ann'],
        hidden: true,
        gpu: true,
        staff: ['grace'],
        opens: '2027-01-18T09:00:00.000Z',
        variantOf: 'ml--v2.0-3-gabc',
      },
    )
    assert.deepEqual(courses['ml--next']?.open, [], 'for staff only, unless the config says more')
  })

  it('are found by what a link wants, and by nothing else', () => {
    const courses = coursesOf({ ML: ml, 'ml--odd': { image: 'odd' }, strong: { image: 'x', gpu: true } })
    const { ml: course, strong } = courses
    assert.ok(course && strong)
    const found = (tag: string | undefined, gpu = false) =>
      findVariant(courses, course, { tag, app: undefined, gpu })?.slug
    assert.equal(found(undefined), 'ml')
    assert.equal(found('next'), 'ml--next')
    assert.equal(found('next', true), 'ml--next--gpu')
    assert.equal(found(undefined, true), 'ml--gpu')
    for (const tag of ['gpu', 'odd', 'latest', 'next--gpu', '__proto__', 'constructor', ''])
      assert.equal(found(tag), undefined, tag)
    assert.equal(
      findVariant(courses, strong, { tag: undefined, app: undefined, gpu: true })?.slug,
      'strong',
      'it has a GPU anyway',
    )
    const { plain } = coursesOf({ plain: { image: 'x' } })
    assert.ok(plain)
    assert.equal(findVariant({ plain }, plain, { tag: undefined, app: undefined, gpu: true }), undefined)
  })

  const refused: [what: string, courses: object, message: RegExp][] = [
    ['capitals', { a: { image: 'x', tags: { V2: { image: 'y' } } } }, /a-z, 0-9/],
    ['the word for a GPU', { a: { image: 'x', tags: { gpu: { image: 'y' } } } }, /mean something here/],
    ['two hyphens', { a: { image: 'x', tags: { 'b--c': { image: 'y' } } } }, /mean something here/],
    ['a name that is too long', { ['a'.repeat(60)]: { image: 'x', tags: { next: { image: 'y' } } } }, /too long/],
    [
      'the name of another course',
      { a: { image: 'x', tags: { b: { image: 'y' } } }, 'a--b': { image: 'z' } },
      /another course has/,
    ],
    ['a word that it does not know', { a: { image: 'x', tags: { b: { image: 'y', gpu: true } } } }, /gpu/],
  ]
  for (const [what, courses, message] of refused) {
    it(`refuse ${what}, and say where`, () => {
      const { error } = read(courses)
      assert.match(error?.issues.map((issue) => JSON.stringify(issue)).join() ?? '', message)
      assert.equal(error?.issues[0]?.path[0], 'courses')
    })
  }
})
