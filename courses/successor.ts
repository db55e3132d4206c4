/** Courses and tags that others replace: what their users are told, and what links to them open. */

import { didYouMean } from '../net/settings/near.ts'
import { say, sentences, type Text } from '../words/text.ts'
import type { Course } from './course.ts'
import { findCourse } from './find.ts'

/** Returns the course that links to this one open: the last of those that were named instead, or itself. Pure. */
export function successorOf(courses: Record<string, Course>, course: Course): Course {
  const passed = [course]
  for (let next = nextOf(courses, course); next !== undefined; next = nextOf(courses, next)) {
    if (passed.includes(next)) return course
    passed.push(next)
  }
  return passed.at(-1) ?? course
}

/** Returns whether links to the course open another one. Pure. */
export function isReplaced(courses: Record<string, Course>, course: Course): boolean {
  return successorOf(courses, course) !== course
}

function nextOf(courses: Record<string, Course>, { deprecated }: Course): Course | undefined {
  return deprecated?.instead === undefined ? undefined : findCourse(courses, deprecated.instead)
}

/**
 * Returns what the users of a course on its way out are told of that; undefined for any other course. A successor that lists
 * hide is not named. Pure.
 */
export function endText(courses: Record<string, Course>, course: Course): Text | undefined {
  const { deprecated } = course
  if (deprecated === undefined) return undefined
  const successor = successorOf(courses, course)
  const isOwn = successor.variantOf !== undefined && successor.variantOf === course.variantOf
  const isNamed = !successor.hidden || isOwn
  const name = isNamed ? (successor.title ?? successor.name) : say`Another course`
  const replaced = successor === course ? [] : [say`${name} has replaced ${course.title ?? course.name}.`]
  return sentences([...replaced, deprecated.message])
}

type Said = Pick<Course, 'name' | 'deprecated' | 'tags'>

/** Returns what is wrong with names that stand for courses and tags instead, each with its place in the config. Pure. */
export function deprecationProblems(courses: Record<string, Said>): [path: string[], message: string][] {
  const all = Object.values(courses)
  const said = new Map(all.map(({ name, deprecated }) => [name.toLowerCase(), deprecated?.instead?.toLowerCase()]))
  const names = all.map(({ name }) => name)
  return all.flatMap(({ name, tags }) => {
    const path = ['courses', name, 'deprecated', 'instead']
    const own = problemOf(name.toLowerCase(), said, { kind: 'course', names })
    const words = new Map(Object.entries(tags).map(([tag, { deprecated }]) => [tag, deprecated?.instead]))
    const ofTags = [...words.keys()].flatMap((tag): [string[], string][] => {
      const message = problemOf(tag, words, { kind: 'tag of this course', names: [...words.keys()] })
      return message === undefined ? [] : [[['courses', name, 'tags', tag, 'deprecated', 'instead'], message]]
    })
    return [...(own === undefined ? [] : [[path, own] satisfies [string[], string]]), ...ofTags]
  })
}

function problemOf(
  from: string,
  said: Map<string, string | undefined>,
  { kind, names }: { kind: string; names: string[] },
): string | undefined {
  const first = said.get(from)
  if (first === undefined) return undefined
  if (!said.has(first)) {
    const hint = didYouMean(first, names)
    return hint === '' ? `"${first}" is no ${kind}; correct the name` : `"${first}" is no ${kind}${hint}`
  }
  const way = [from]
  for (let next: string | undefined = first; next !== undefined; next = said.get(next)) {
    way.push(next)
    if (next === from) return `leads in a circle (${way.join(', ')}): one of them must be there to stay`
    if (way.length > said.size) return undefined
  }
  return undefined
}
