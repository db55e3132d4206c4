import { show } from './placeholders.ts'

/** The listener to which a client connects: the proxy's public one or its routes API, or one of the hub's two. */
export type Door = 'proxy' | 'routes' | 'hub' | 'internal'

/** One step of one side. Texts hold bytes as characters below 256, and placeholders (placeholders.ts) above. */
export type Act =
  | { write: string }
  /** Waits some milliseconds, or until the other side has sent something new. */
  | { wait: number | 'other' }
  /** Closes this side's own direction only. */
  | { end: true }
  /** Resets the connection. */
  | { reset: true }

/** One connection of a client, and the acts of the hostile server for what reaches it. */
export interface Exchange {
  subject: string
  door: Door
  client: Act[]
  server: Act[]
  /** Number of messages that the client sends, each of which has a cost that is allowed. */
  messages: number
  /** The changes that were made to it, in words. */
  about: string[]
}

/** Returns the mark in the requests of one exchange, by which the hostile server finds the script for them. */
export const mark = (number: number) => `fuzz${number}z`
export const markPattern = /fuzz(\d+)z/

/** Describes an exchange for people, with a line for each step. */
export function described({ subject, door, client, server, about }: Exchange): string {
  const line = (side: string) => (act: Act) => {
    if ('write' in act) return `  ${side} "${show(act.write)}"`
    return `  ${side} ${'wait' in act ? `waits (${act.wait})` : 'end' in act ? 'half-closes' : 'resets'}`
  }
  const changes = about.length === 0 ? '' : ` (${about.join('; ')})`
  return [`${subject} at ${door}${changes}`, ...client.map(line('client:')), ...server.map(line('server:'))].join('\n')
}
