/** The origins of other sites that may reach a run: those that may frame its pages, and those that may call it by script. */
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import type { Database } from '../db/dialect.ts'
import type { Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { ancestorsOf } from '../site.ts'

/** Not strict: a hub of an older version writes routes too, and must not fail at what a newer one has added. */
const originsSchema = z.object({ ancestors: z.array(z.string()), cors: z.array(z.string()) })

export type Origins = z.output<typeof originsSchema>

/** Returns the origins of a course by this hub's config; those of the whole site for a course that it does not know. */
export function originsOfConfig(hub: Hub, course: Course | undefined): Origins {
  return { ancestors: ancestorsOf(hub, course), cors: course?.cors ?? [] }
}

/** Returns the origins of the present run of each server, by the server's id, with one query at most. */
export async function originsOfEach(
  hub: Hub,
  servers: Pick<Server, 'id' | 'course' | 'origins'>[],
  db: Database,
): Promise<Map<string, Origins>> {
  const values = await hub.definitions.read(
    servers.map(({ origins }) => origins),
    db,
  )
  return new Map(
    servers.map(({ id, course, origins }) => [
      id,
      // A run from before origins were stored.
      origins === undefined ? originsOfConfig(hub, hub.courses.all[course]) : readOrigins(hub, values.get(origins)),
    ]),
  )
}

/** Returns what was stored. What cannot be read opens nothing to anyone, and keeps no other route from being written. */
function readOrigins({ log }: Hub, value: unknown): Origins {
  const { data, error } = originsSchema.safeParse(value)
  if (error !== undefined) log.warn({ reason: messageOf(error) }, 'cannot read the origins of a run')
  return data ?? { ancestors: [], cors: [] }
}
