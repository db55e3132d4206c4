import type { Course } from '../../courses/course.ts'
import type { Phase, Server } from '../db/servers/servers.ts'

type Courses = Record<string, Course>
type Timed = Pick<Server, 'course' | 'phase'>

export interface PhaseClock {
  /** Aborts when a phase takes longer than it may. */
  overtime: AbortSignal
  /** Begins a phase, unless it is the present one or all is over; how long it may take. */
  enter(phase: Phase | undefined): number | undefined
  /** What the present phase may take. */
  seconds(): number
  stop(): void
}

/** Each phase has its own time: a large image may be long in coming, and the server is then as quick as any. */
export function phaseClock(courses: Courses, server: Timed, left: number): PhaseClock {
  const controller = new AbortController()
  let present: Phase | undefined = server.phase === 'queued' ? 'creating' : server.phase
  let timer: NodeJS.Timeout
  let isOver = false
  const run = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(new Error('a phase of the start took too long')), milliseconds)
  }
  run(Math.max(1, left))
  return {
    overtime: controller.signal,
    enter(phase) {
      // A spawner may still report when the start has long failed.
      if (phase === undefined || phase === present || isOver) return undefined
      present = phase
      const milliseconds = phaseSeconds(courses, server, phase) * 1000
      run(milliseconds)
      return milliseconds
    },
    seconds: () => phaseSeconds(courses, server, present),
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}

/** A course that is no longer offered fails by itself; until then it has a minute. */
export function phaseSeconds(courses: Courses, server: Timed, phase: Phase | undefined): number {
  const course = courses[server.course]
  return (phase === 'pulling' ? course?.pullTimeoutSeconds : course?.startTimeoutSeconds) ?? 60
}
