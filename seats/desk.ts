/**
 * The desk: the page with the strip above the notebook, at `<server path>_carrel/desk/<landing>`, which shows
 * `<server path><landing>` in a frame. Proxies serve it, and hubs lead there; docs/decisions/0065-the-desk.md.
 */
import { z } from 'zod'
import { decodedPath, hasDotSegment, pathOf } from './spelling.ts'

/** What stands between a server's path and the landing in the address of a desk. */
export const deskPart = '_carrel/desk/'

/** What stands between a server's path and the rest in the addresses that the strip asks. */
export const deskApiPart = `${deskPart}api/`

/** The hub's addresses to which a proxy sends on what a strip asks. */
export const deskApiPrefix = '/hub/api/desk/'

/** The addresses of the strip's own files at servers' hosts. */
export const stripFilesPrefix = '/_carrel/strip/'

/** The proxy's address at servers' hosts from which a page in a frame leads on to the hub, in the place of the desk around it. */
export const leavePath = '/_carrel/leave'

/** Returns the address of a desk that leads to a page of the hub in the desk's place. `to` is an address of the hub, from its first slash on. */
export function leaveLink(to: string): string {
  return `${leavePath}?to=${encodeURIComponent(to)}`
}

/**
 * Returns whether a landing, path and query behind the server's path, may stand in a desk. Not what the proxy itself answers, nor
 * what its own address hides: behind `_carrel/desk/` the words `api/` mean the strip's own questions.
 */
export function isForDesk(inside: string): boolean {
  const decoded = decodedPath(pathOf(inside))
  if (decoded === undefined || hasDotSegment(decoded) || decoded.includes('\\')) return false
  return !/^([\0-\x20]*\/|_carrel(\/|$)|api(\/|$))/.test(decoded)
}

/** Returns the address of the desk for a page of a server; the page's own address where no desk can show it. */
export function deskOf(serverPath: string, to: string): string {
  const inside = to.startsWith(serverPath) ? to.slice(serverPath.length) : undefined
  return inside === undefined || !isForDesk(inside) ? to : serverPath + deskPart + inside
}

/** Returns path and query behind a server's path without the part that makes it a desk's. */
export function insideOfDesk(inside: string): string {
  return inside.startsWith(deskPart) ? inside.slice(deskPart.length) : inside
}

/** Returns the address of the page that a desk shows; any other address of a server as it is. */
export function withoutDesk(serverPath: string, to: string): string {
  return to.startsWith(serverPath) ? serverPath + insideOfDesk(to.slice(serverPath.length)) : to
}

/** The header in which a proxy tells a hub for whose seat it sends on a question of a strip. Clients' own are dropped. */
export const deskSeatHeader = 'x-carrel-seat'

const deskSeatSchema = z.strictObject({
  server: z.string().min(1).max(500),
  run: z.int().min(0),
  user: z.string().min(1).max(500),
  /** The seat's id. */
  seat: z.string().min(1).max(200),
})

/** The seat of the owner for which a strip asks something. The proxy has checked it; the hub judges again what it names. */
export type DeskSeat = z.output<typeof deskSeatSchema>

/** Returns the header's value. */
export function writeDeskSeat({ server, run, user, seat }: DeskSeat): string {
  return Buffer.from(JSON.stringify({ server, run, user, seat })).toString('base64url')
}

/** Returns what the header says; undefined where it says nothing of that form. */
export function readDeskSeat(text: string): DeskSeat | undefined {
  if (!/^[A-Za-z0-9_-]{1,2000}$/.test(text)) return undefined
  try {
    return deskSeatSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data
  } catch {
    return undefined
  }
}
