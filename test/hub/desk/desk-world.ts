import { deskSeatHeader, writeDeskSeat } from '../../../seats/desk.ts'
import {
  type Answer,
  createHttpBrowser,
  type HttpBrowser,
  type OpenOptions,
  redeem,
  secrets,
  type TestHub,
} from '../../helpers/test-hub.ts'

/** Asks the hub as a proxy does for the desk of a browser that has entered a server. */
export interface TestDesk {
  server: { id: string; run: number }
  user: string
  /** `changes` are other words about the seat; `address` is another hub's that is asked. */
  ask(method: 'GET' | 'POST', rest: string, body?: unknown, changes?: object, address?: string): Promise<Answer>
}

/** Opens a link in a browser, and returns the desk at which the browser then sits. */
export async function openDesk(
  hub: Pick<TestHub, 'address'>,
  browser: HttpBrowser,
  link = '/tmplogin?course=demo',
  how: OpenOptions = {},
): Promise<TestDesk> {
  const { ticket } = await browser.enter(link, how)
  const { id: seat, server, run, user } = (await redeem(hub, ticket)).json().seat
  return {
    server: { id: server, run },
    user,
    ask: (method, rest, body, changes = {}, address = hub.address) =>
      createHttpBrowser(address).fetch(`/hub/api/desk/${rest}`, {
        method,
        headers: {
          authorization: `token ${secrets.proxyToken}`,
          [deskSeatHeader]: writeDeskSeat({ server, run, user, seat, ...changes }),
          accept: 'application/json',
          'content-type': 'application/json',
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  }
}

/** Makes a server idle for this many seconds, and as a hub that has looked knows it. */
export async function makeIdle(
  { db }: Pick<TestHub, 'db'>,
  { id, run }: { id: string; run: number },
  seconds: number,
): Promise<number> {
  const at = Date.now() - seconds * 1000
  await db('activity').where({ server: id }).delete()
  const row = { run, last_activity: at, probed: Date.now(), result: 'idle', reason: 'no kernel is busy' }
  await db('activity').insert({ server: id, ...row })
  return at
}
