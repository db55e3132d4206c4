import { type Html, html } from '../../net/html.ts'
import { retold } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import type { SparePool } from '../db/servers/spares.ts'
import { ago } from './format.ts'
import { postButton } from './fragments.ts'

/** Returns what the page of a course at this address tells of the servers that wait for learners. */
export function sparesOfCourse(pool: SparePool, address: string): Html {
  const { wanted, none, ready, coming, oldestSeconds, hits, misses, others, problem } = pool
  const waiting = say`${ready} of ${wanted} wait for learners`
  const since =
    oldestSeconds === undefined ? waiting : say`${waiting}, the oldest made ready ${ago(oldestSeconds * 1000)}`
  const state = none ?? (coming > 0 ? say`${since}; ${coming} on the way.` : say`${since}.`)
  return html`<details><summary>${say`Spares: ${state}`}</summary>
<p>${say`Starts that have found one: ${hits}. Starts that have found none: ${misses}. Starts with other settings than spares have: ${others}.`}</p>
${ready + coming > 0 && html`<p>${say`To have them start anew, such as after a change of an image that keeps its name, replace them. Learners who click meanwhile wait for a start.`}</p>${postButton({ action: `${address}/spares/replace`, text: say`Replace the spares`, about: say`of this course` })}`}</details>
${
  problem !== undefined &&
  html`<div class="notice"><p>${say`Spares do not start. ${problem.failures} starts in a row have failed, the last ${ago(problem.seconds * 1000)}, and the hub tries again less and less often: ${retold(problem.failure)}`}</p>
${problem.detail !== undefined && html`<details><summary>${say`Details for staff`}</summary><pre>${problem.detail}</pre></details>`}</div>`
}`
}
