import { type Html, html } from '../../../net/html.ts'
import type { Said } from '../../../words/text.ts'
import type { ServerState } from '../../db/servers/server-states.ts'
import { stateText } from '../format.ts'

/** How things are: well, on the way, wrong, or at rest. Each has a colour and a sign of its own, beside its word. */
export type Condition = 'good' | 'busy' | 'bad' | 'idle'

const signs: Record<Condition, string> = {
  good: 'M3 8.5l3.2 3.2L13 4.8',
  busy: 'M8 3.5v4.8l3 1.8M8 1.6a6.4 6.4 0 1 1 0 12.8A6.4 6.4 0 0 1 8 1.6',
  bad: 'M8 4.6v4.2M8 11.3v.2M8 1.4L15 14H1z',
  idle: 'M4 8h8',
}

/** Returns a state as a colour, a sign and a word. */
export function statusMark(condition: Condition, word: Said): Html {
  return html`<span class="status ${condition}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="${signs[condition]}" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>${word}</span>`
}

const conditions: Record<ServerState, Condition> = {
  queued: 'busy',
  starting: 'busy',
  ready: 'good',
  stopping: 'busy',
  stopped: 'idle',
  failed: 'bad',
}

/** Returns the state of a server. */
export function serverStatus(state: ServerState): Html {
  return statusMark(conditions[state], stateText[state])
}
