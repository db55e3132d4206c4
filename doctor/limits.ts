/** Checks whether all learners together, or one of them, can use up the machine. */
import { totalmem } from 'node:os'
import type { Config } from '../config/config.ts'
import type { Course } from '../courses/course.ts'
import { everySettled } from '../courses/settled.ts'
import { type Finding, ok, problem } from './finding.ts'
import type { Setup } from './setup.ts'

const check = 'limits'

export async function checkLimits({ config }: Setup): Promise<Finding[]> {
  // Pods run on other machines, whose memory is not known here.
  return judgeLimits(config, config.spawner.name === 'docker' ? totalmem() : undefined)
}

/** Returns the findings on limits. `machine`: the bytes of memory where servers run, if known. Pure. */
export function judgeLimits(
  { limits, courses, spawner }: Pick<Config, 'limits' | 'courses' | 'spawner'>,
  machine: number | undefined,
): Finding[] {
  const { servers } = limits
  const all =
    servers === undefined
      ? problem(
          check,
          "limits.servers is 'unlimited': whoever comes gets another server, until no memory is left for any. " +
            'Set it to as many as the machine or the cluster bears; the rest then waits in the queue.',
        )
      : ok(check, `at most ${servers} servers at once (limits.servers); the rest waits in the queue`)
  if (spawner.enforcesLimits === false) return [all]
  const found = Object.values(courses).map((course) => {
    const { name } = course
    const memory = mostMemory(course)
    const whose = memory === course.limits.memory ? 'the course' : 'its rules or choices'
    if (memory === undefined) {
      return problem(
        check,
        `a server of course ${name} may take all memory, since limits.memory of ${whose} is 'unlimited'. Set it, as in '2G'.`,
      )
    }
    if (machine === undefined || memory <= machine) return undefined
    return problem(
      check,
      `a server of course ${name} may take ${shown(memory)}, and this machine has ${shown(machine)}: one learner can use ` +
        `it up. Lower limits.memory of ${whose}, unless the engine is on another machine.`,
    )
  })
  const most = Math.max(0, ...Object.values(courses).map((course) => mostMemory(course) ?? 0))
  const together =
    servers === undefined || machine === undefined || servers * most <= machine
      ? []
      : [
          ok(
            check,
            `${servers} servers of ${shown(most)} would take ${shown(servers * most)}, and this machine has ${shown(machine)}. ` +
              'Most take far less; lower limits.servers if it runs out of memory',
          ),
        ]
  return [all, ...found.filter((finding) => finding !== undefined), ...together]
}

/** Returns the most that a server of the course may take for any of its users; undefined where that is all there is. */
function mostMemory(course: Course): number | undefined {
  const all = everySettled(course).map(({ limits }) => limits.memory ?? Number.POSITIVE_INFINITY)
  const most = Math.max(...all)
  return most === Number.POSITIVE_INFINITY ? undefined : most
}

function shown(bytes: number): string {
  return `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`
}
