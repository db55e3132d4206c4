import { hashSecret, newId } from '../../hub/db/ids.ts'
import type { Hub } from '../../hub/hub.ts'

export interface Crowded {
  server: string
  /** Hashes of the sessions that have a seat at the server. The seat of the first session has ended. */
  sessions: string[]
}

/** Adds ready servers, each with a user of its own and with seats of sessions of its own. */
export async function addCrowd({ db }: Hub, servers: number, seatsEach: number): Promise<Crowded[]> {
  const made = Array.from({ length: servers }, () => {
    const user = newId()
    const sessions = Array.from({ length: seatsEach }, (_, seat) => hashSecret(`${user} ${seat}`))
    return { server: newId(), user, sessions }
  })
  const account = {
    kind: 'person',
    authenticator: 'local',
    state: 'active',
    preview: false,
    last_launch: 0,
    created: 0,
  }
  const users = made.map(({ user }) => ({ id: user, name: user, subject: user, ...account }))
  const ready = { state: 'ready', run: 1, kid: 'k1', target: 'http://127.0.0.1:9', epoch: 1, revision: 0 }
  const rest = { created: 0, since: 0, restart: false, spare: false }
  const rows = made.map(({ server, user }) => {
    const named = { id: server, user, course: 'demo', name: 'demo', path: `/user/${user}/demo/`, label: server }
    return { ...named, ...ready, ...rest }
  })
  const expires = Date.now() + 3_600_000
  const seats = made.flatMap(({ server, user, sessions }) =>
    sessions.map((session, index) => ({ id: newId(), session, user, server, run: 1, ended: index === 0, expires })),
  )
  await db.batchInsert('users', users, 50)
  await db.batchInsert('servers', rows, 30)
  await db.batchInsert('seats', seats, 100)
  return made
}
