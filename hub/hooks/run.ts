/** What hooks of the config are told of a run. */
import type { HookRun, HookUser } from '../../config/sections/hooks.ts'
import type { Server } from '../db/servers/servers.ts'
import { awaitedPrefix, type User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import type { MadeOf } from '../made-of/made-of.ts'
import { groupsOf } from '../rights/roles.ts'

/** A run, its owner, and what it is made of. */
export interface RunParts {
  server: Pick<Server, 'id' | 'run' | 'course' | 'path' | 'home'>
  user: User
  made: MadeOf | undefined
}

/** Returns a run as hooks see it. Nothing of it opens anything. */
export function hookRun(hub: Hub, { server, user, made }: RunParts): HookRun {
  const course = hub.courses.all[server.course]
  return {
    user: hookUser(hub, user),
    course: {
      name: course?.name ?? server.course,
      slug: server.course,
      ...(course?.variantOf !== undefined && { variantOf: course.variantOf }),
      ...(course?.app !== undefined && { app: course.app }),
      image: made?.image ?? course?.image ?? '',
    },
    choices: { ...made?.chosen },
    answers: Object.fromEntries(Object.entries(made?.answers ?? {}).map(([name, { text }]) => [name, text])),
    server: server.id,
    run: server.run,
    path: server.path,
    home: server.home !== undefined,
  }
}

function hookUser(hub: Hub, user: User): HookUser {
  const { name, kind, authenticator, subject } = user
  // The subject of a temporary user is as random as the name, and that of an account that awaits its person says nothing.
  const isKnown = kind !== 'temporary' && !subject.startsWith(awaitedPrefix)
  return { name, kind, authenticator, ...(isKnown && { subject }), groups: groupsOf(hub, user) }
}
