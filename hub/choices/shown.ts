/** What pages say of the choices of servers. */
import { type Chosen, type ShownChoices, shownOf } from '../../courses/choices.ts'
import { allRememberedChoices } from '../db/servers/choices.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { madeOf, madeOfEach } from '../made-of/made-of.ts'
import { hasChoices } from './decide.ts'
import { offeredTo } from './offered.ts'

/** Returns what the present run of a server has of its course's choices; nothing where it is not known. */
export async function chosenOf(hub: Hub, server: Server): Promise<Chosen> {
  return (await madeOf(hub, server))?.chosen ?? {}
}

/** Returns what pages say of each of these servers of a user, by their ids; nothing of those whose courses have no choices. */
export async function shownChoices(hub: Hub, user: User, servers: Server[]): Promise<Map<string, ShownChoices>> {
  const theirs = servers.flatMap((server) => {
    const course = hub.courses.all[server.course]
    return course !== undefined && hasChoices(course) ? [{ server, course }] : []
  })
  if (theirs.length === 0) return new Map()
  const remembered = await allRememberedChoices(hub.db, user.id)
  const running = theirs.map(({ server }) => server).filter(isRunning)
  const made = await madeOfEach(hub, running)
  return new Map(
    theirs.map(({ server, course }) => {
      const present = made.get(server.id)?.chosen
      const before = remembered.get(course.id) ?? {}
      return [server.id, shownOf(course, { offered: offeredTo(hub, user, course), present, remembered: before })]
    }),
  )
}
