/** How long starts of each course take as a rule, so that a page can tell people who wait. */
export interface UsualStarts {
  /** Notes that a start took so long, from when it was asked for. */
  note(course: string, seconds: number): void
  /** Returns the median of the last starts of the course; undefined as long as too few are known. */
  secondsOf(course: string): number | undefined
}

/** How many starts of a course count, and how many there must be before they say something. */
const most = 20
const fewest = 3

/** Returns what one hub has seen. A hub that has just started is told of the servers that run. */
export function createUsualStarts(): UsualStarts {
  const seen = new Map<string, number[]>()
  return {
    note(course, seconds) {
      if (seconds >= 0) seen.set(course, [...(seen.get(course) ?? []), seconds].slice(-most))
    },
    secondsOf(course) {
      const sorted = (seen.get(course) ?? []).toSorted((a, b) => a - b)
      return sorted.length < fewest ? undefined : sorted[Math.floor(sorted.length / 2)]
    },
  }
}
