/** What pages say of files that do not outlive a stop, as `hub/homes/keeps-files.ts` tells. */

import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'

export const filesAreLost = say`When this notebook stops, its files are gone. It also stops by itself when it is not used for a while. Download what you want to keep.`

/** Returns what a restart ends, and what is lost by it. */
export function restartLoss(isKept: boolean): Said {
  const ends = say`A restart ends all programs in your notebook, and what is not saved is lost.`
  return isKept
    ? say`${ends} The saved files stay.`
    : say`${ends} All files in it are gone for good, the saved ones too. Download what you want to keep first.`
}

/** Returns what the card of a user's own server says of its files; false where there is nothing to say. */
export function filesOnCard(server: Server, user: User, keepsFiles: boolean) {
  if (keepsFiles) return false
  // The page of a temporary user says above all cards what is lost.
  if (isRunning(server)) return user.kind !== 'temporary' && html`<p class="quiet">${filesAreLost}</p>`
  return (
    areGone(server) && html`<p class="quiet">${say`Its files are gone. A new one begins as the course has it.`}</p>`
  )
}

/** Returns the text of the button that opens a user's own server: nothing can go on where the files are gone. */
export function openText(server: Server, keepsFiles: boolean): Said {
  return !keepsFiles && areGone(server) ? say`Open a new one` : say`Open`
}

/** Returns whether a server that was up has ended. A start that failed had no files of the learner's. */
function areGone(server: Server): boolean {
  return !isRunning(server) && server.started !== undefined
}
