import type { Course } from '../courses/course.ts'
import type { GivenCourse } from '../courses/making/problems.ts'
import type { SettingsRule } from '../courses/settings.ts'
import type { SpawnerPlugin } from '../spawners/spawner.ts'
import { withMemory } from './memory.ts'

interface Site {
  spawner: Pick<SpawnerPlugin, 'enforcesLimits'>
  rules: SettingsRule[]
}

/** Returns a course with its names, with an amount of memory, and with the site's rules behind its own. Pure. */
export function courseWithNames(course: GivenCourse, name: string, { spawner, rules }: Site): Course {
  const slug = name.toLowerCase()
  const limits = spawner.enforcesLimits === false ? course.limits : withMemory(course.limits)
  const { memory } = limits
  return {
    ...course,
    limits: { ...limits, memory: memory === Number.POSITIVE_INFINITY ? undefined : memory },
    rules: [...course.rules, ...rules],
    name,
    slug,
    id: course.id ?? slug,
  }
}
