import { show } from './placeholders.ts'

/** Where a client comes in: the proxy's public listener and its routes API, the hub's two listeners. */
export type Door = 'proxy' | 'routes' | 'hub' | 'internal'

/** One step of one side. Bytes are characters below 256, and words (words.ts). */
export type Act =
  | { write: string }
  /** Milliseconds, or until the other side has said something new. */
  | { wait: number | 'other' }
  /** Closes its own direction only. */
  | { end: true }
  /** Breaks the connection. */
  | { reset: true }

/** One connection of a client, and what the hostile server does with what of it comes through. */
export interface Exchange {
  subject: string
  door: Door
  client: Act[]
  server: Act[]
  /** How many messages the client sends; each may cost its share. */
  messages: number
  /** What was changed in it, in words. */
  about: string[]
}

/** Marks the requests of one exchange, so that the hostile server knows its script for them. */
export const mark = (number: number) => `fuzz${number}z`
export const markPattern = /fuzz(\d+)z/

/** What it consists of, for people: a line for each step. */
export function described({ subject, door, client, server, about }: Exchange): string {
  const line = (side: string) => (act: Act) => {
    if ('write' in act) return `  ${side} "${show(act.write)}"`
    return `  ${side} ${'wait' in act ? `waits (${act.wait})` : 'end' in act ? 'half-closes' : 'resets'}`
  }
  const changes = about.length === 0 ? '' : ` (${about.join('; ')})`
  return [`${subject} at ${door}${changes}`, ...client.map(line('client:')), ...server.map(line('server:'))].join('\n')
}
