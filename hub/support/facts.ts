import { staffCourses } from '../access/guests.ts'
import { readClock } from '../db/clock.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { troublesOf } from '../db/servers/troubles.ts'
import { endOfServer } from '../ends/ends.ts'
import { endInWords } from '../ends/words.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'
import { memoryInUse } from '../servers/health/memory-in-use.ts'
import { idlenessOfAll } from '../servers/idleness.ts'
import { fullName, nameForAdmins, titleOf, withoutAccount } from '../views/format.ts'
import type { SupportFacts } from '../views/support.ts'
import type { CodedServer, Helper } from './look-up.ts'

/** Returns what those who help are told of the server of a code, as the API has it (docs/wire.md). */
export async function supportFacts(
  hub: Hub,
  helper: Helper,
  { code, until, server, owner }: CodedServer,
): Promise<SupportFacts> {
  const course = hub.courses.all[server.course]
  const isForAdmin = helper === 'operator' || isAdmin(hub, helper)
  const told = (text: string) => (isForAdmin ? text : withoutAccount(text, owner, server.path))
  const idle = (await idlenessOfAll(hub, [server]))(server)
  const end = server.state === 'ready' ? await endOfServer(hub, server) : undefined
  const troubles = (await troublesOf(hub.db, [server])).get(server.id) ?? []
  return {
    code,
    until: iso(until),
    course: { name: course?.name ?? server.course, title: course === undefined ? null : titleOf(course) },
    owner: isForAdmin ? nameForAdmins(owner) : fullName(owner),
    server: server.id,
    run: server.run,
    state: server.state,
    image: server.image ?? null,
    asked: isoOrNull(server.queued),
    started: isoOrNull(server.started),
    ended: isoOrNull(server.ended),
    last_activity: isoOrNull(idle.lastActivity),
    activity: server.state === 'ready' ? idle.reason : null,
    ends:
      end === undefined ? null : { seconds: end.seconds, why: end.why, says: endInWords(end, await readClock(hub.db)) },
    memory: await memoryInUse(hub, server),
    failure: failureOf(server, told),
    troubles: troubles.map(({ kind, at, message }) => ({ kind, at: iso(at), message: told(message) })),
    page: pageOf(hub, helper, { server, owner }),
  }
}

/** Returns why the last run has failed. What is known of the run before stays through the present one. */
function failureOf(server: CodedServer['server'], told: (text: string) => string) {
  const { failure, failureDetail: detail, run, id } = server
  if (failure === undefined) return null
  const reference = `${id}-${isRunning(server) ? run - 1 : run}`
  return { message: told(failure), detail: detail === undefined ? null : told(detail), reference }
}

/** Returns the page on which the helper may open or stop the server; null where there is none. */
function pageOf(hub: Hub, helper: Helper, { server, owner }: Pick<CodedServer, 'server' | 'owner'>): string | null {
  if (helper === 'operator') return null
  const isOnPage = staffCourses(hub, helper).some(({ slug }) => slug === server.course)
  const q = owner.kind === 'temporary' ? owner.name : String(fullName({ ...owner, displayName: undefined }))
  if (isOnPage) return `/hub/course/${server.course}?${new URLSearchParams({ q, state: 'all' })}`
  return isAdmin(hub, helper) ? `/hub/admin?${new URLSearchParams({ q: owner.name })}` : null
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function isoOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : iso(milliseconds)
}
