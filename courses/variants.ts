/**
 * Variants of a course: the same course with another of its images (`tag=`), or with a GPU (`needs_gpu=`). Each of them
 * becomes a course of its own with a name that is made of the two, so that all rules for courses and servers hold for it
 * and no server is ever started with what another link has asked for.
 */
import { type Course, courseName } from './course.ts'

/** What a link or a program wants of a course. */
export interface Wanted {
  /** The word of `tag=`, in small letters. */
  tag: string | undefined
  /** Whether the link says `needs_gpu=`. */
  gpu: boolean
}

/** Returns the course with its variants after it. */
export function withVariants(course: Course): Course[] {
  const tagged = Object.entries(course.tags).map(([tag, { image, open }]) => ({
    ...variantOf(course, tag, tag),
    image,
    open,
  }))
  return [course, ...tagged, ...[course, ...tagged].flatMap(withGpu)]
}

function withGpu(course: Course): Course[] {
  if (course.gpu || course.gpuOnRequest === undefined) return []
  return [{ ...variantOf(course, 'gpu', 'GPU'), gpu: true, open: course.gpuOnRequest }]
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
export function findVariant(courses: Record<string, Course>, course: Course, { tag, gpu }: Wanted): Course | undefined {
  const tagged = tag === undefined ? course : Object.hasOwn(course.tags, tag) ? named(courses, course, tag) : undefined
  if (tagged === undefined || !gpu || tagged.gpu) return tagged
  return named(courses, tagged, 'gpu')
}

function named(courses: Record<string, Course>, { slug }: Course, word: string): Course | undefined {
  const found = `${slug}--${word}`
  const course = Object.hasOwn(courses, found) ? courses[found] : undefined
  return course?.variantOf === slug ? course : undefined
}

/** Returns what is wrong with the names that variants would get, each with its place in the config. */
export function variantProblems(courses: Record<string, Course>): [path: string[], message: string][] {
  return Object.values(courses).flatMap((course) =>
    withVariants(course)
      .slice(1)
      .flatMap(({ name, slug }): [string[], string][] => {
        const path = ['courses', course.name, 'tags']
        if (!courseName.safeParse(name).success)
          return [
            [path, `makes the course name "${name}", which is too long: use a shorter tag, or name the course shorter`],
          ]
        if (Object.hasOwn(courses, slug))
          return [[path, `makes the course name "${name}", which another course has: rename one of them`]]
        return []
      }),
  )
}
