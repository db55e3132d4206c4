import { type Html, html } from '../../../net/html.ts'
import { say, type Text } from '../../../words/text.ts'
import { type ListState, listStates } from '../../db/servers/course-servers.ts'

const texts: Record<ListState, Text> = {
  attention: say`Running, or with a problem`,
  running: say`Running`,
  failed: say`Stopped after a problem`,
  stopped: say`Stopped`,
  all: say`All`,
}

/** Returns the field by which a list of servers shows those in some states only. */
export function stateField(chosen: ListState): Html {
  return html`<div><label for="state">${say`State`}</label><select id="state" name="state">${listStates.map((state) => html`<option value="${state}"${state === chosen && html` selected`}>${texts[state]}</option>`)}</select></div>`
}
