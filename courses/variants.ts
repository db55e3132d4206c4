/**
 * Variants of a course: the same course with another of its images (`tag=`), with another of its programs (`app=`), or with
 * a GPU (`needs_gpu=`). Each of them
 * becomes a course of its own with a name that is made of the two, so that all rules for courses and servers hold for it
 * and no server is ever started with what another link has asked for.
 */
import { type Course, courseName, withApp } from './course.ts'
import type { Deprecated } from './deprecated.ts'
import type { Settings } from './settings.ts'
import { successorOf } from './successor.ts'

/** What a link or a program wants of a course. */
export interface Wanted {
  /** The word of `tag=`, in small letters. */
  tag: string | undefined
  /** The word of `app=`, in small letters. */
  app: string | undefined
  /** Whether the link says `needs_gpu=`. */
  gpu: boolean
}

/** The parameters of links that want a variant. */
export const wantedParameters = ['tag', 'app', 'needs_gpu'] as const

/** Returns whether anything but the course itself is wanted. */
export function wantsVariant({ tag, app, gpu }: Wanted): boolean {
  return tag !== undefined || app !== undefined || gpu
}

/** Returns the course with its variants after it. */
export function withVariants(course: Course): Course[] {
  const tagged = Object.entries(course.tags).map(([tag, { image, open, deprecated }]) => ({
    ...variantOf(course, tag, tag),
    image,
    open,
    ...(deprecated && { deprecated: inCourse(course, deprecated) }),
  }))
  const apps = Object.entries(course.apps).map(([word, app]) => ({
    ...withApp(variantOf(course, word, app.title ?? word), app),
    app: word,
  }))
  const all = [course, ...tagged, ...apps]
  return [...all, ...all.flatMap(withGpu)]
}

/** Returns what a tag says of its end, with the name of the variant that is opened instead. */
function inCourse({ name }: Course, { message, instead }: Deprecated): Deprecated {
  return { message, ...(instead !== undefined && { instead: `${name}--${instead}` }) }
}

function withGpu(course: Course): Course[] {
  if (course.gpu || course.gpuOnRequest === undefined) return []
  // A link has asked for the GPU, and `gpuOnRequest` says who may: neither rules nor choices have a say.
  const withoutGpu = <T extends Settings>({ gpu: _, ...others }: T) => others
  const rules = course.rules.map(withoutGpu)
  const choices = Object.fromEntries(Object.entries(course.choices).map(([name, all]) => [name, all.map(withoutGpu)]))
  return [{ ...variantOf(course, 'gpu', 'GPU'), gpu: true, open: course.gpuOnRequest, rules, choices }]
}

/** Returns a variant, which is listed nowhere and may be opened by those only who may open the course, too. */
function variantOf(course: Course, word: string, shown: string): Course {
  return {
    ...course,
    name: `${course.name}--${word}`,
    slug: `${course.slug}--${word}`,
    title: `${course.title ?? course.name} (${shown})`,
    hidden: true,
    variantOf: course.slug,
  }
}

/** Returns the course or the variant that has what is wanted; undefined when the course has no such variant. */
export function findVariant(courses: Record<string, Course>, course: Course, wanted: Wanted): Course | undefined {
  const chosen = chosenOf(courses, course, wanted)
  if (chosen === undefined || !wanted.gpu || chosen.gpu) return chosen
  return named(courses, chosen, 'gpu')
}

/** Returns the variant with the image or the program that is wanted. None has both another image and another program. */
function chosenOf(courses: Record<string, Course>, course: Course, { tag, app }: Wanted): Course | undefined {
  const [[word, words] = [], ...others] = [[tag, course.tags] as const, [app, course.apps] as const].filter(
    ([asked]) => asked !== undefined,
  )
  if (word === undefined || words === undefined) return course
  const found = others.length === 0 && Object.hasOwn(words, word) ? named(courses, course, word) : undefined
  const successor = found && successorOf(courses, found)
  return successor?.variantOf === course.slug ? successor : found
}

function named(courses: Record<string, Course>, { slug }: Course, word: string): Course | undefined {
  const found = `${slug}--${word}`
  const course = Object.hasOwn(courses, found) ? courses[found] : undefined
  return course?.variantOf === slug ? course : undefined
}

/** Returns what is wrong with the names that variants would get, each with its place in the config. */
export function variantProblems(courses: Record<string, Course>): [path: string[], message: string][] {
  return Object.values(courses).flatMap((course) => [
    ...Object.keys(course.apps).flatMap((word): [string[], string][] =>
      Object.hasOwn(course.tags, word)
        ? [[['courses', course.name, 'apps', word], 'is the name of a tag too: rename one of them']]
        : [],
    ),
    ...withVariants(course)
      .slice(1)
      .flatMap(({ name, slug, app }): [string[], string][] => {
        const path = ['courses', course.name, app === undefined ? 'tags' : 'apps']
        if (!courseName.safeParse(name).success)
          return [
            [
              path,
              `makes the course name "${name}", which is too long: use a shorter word here, or name the course shorter`,
            ],
          ]
        if (Object.hasOwn(courses, slug))
          return [[path, `makes the course name "${name}", which another course has: rename one of them`]]
        return []
      }),
  ])
}
