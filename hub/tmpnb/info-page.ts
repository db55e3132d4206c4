import type Koa from 'koa'
import { html } from '../../net/html.ts'
import { say } from '../../words/text.ts'
import { sendPage } from '../views/page.ts'
import type { TmpnbStats } from './stats.ts'

/** Sends the page that shows how many servers are in use. Its script asks on; without script the page loads anew. */
export function sendInfoPage(ctx: Koa.Context, { available, capacity, container_image: image }: TmpnbStats): void {
  const used = capacity - available
  sendPage(ctx, {
    title: say`Notebooks in use`,
    scripts: ['info.js'],
    refresh: { seconds: 10, onlyWithoutScript: true },
    body: html`<p>${say`${html`<strong id="used">${used}</strong>`} of ${html`<span id="capacity">${capacity}</span>`} notebooks are in use, ${html`<span id="available">${available}</span>`} more can be opened now.`}</p>
<progress id="share" aria-label="${say`Notebooks in use`}" max="${capacity}" value="${used}"></progress>
<svg id="line" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="${say`Notebooks in use since this page was opened`}"><polyline fill="none" stroke="currentColor" points=""></polyline></svg>
<p class="quiet">${say`Image: ${html`<code>${image}</code>`}`}</p>`,
  })
}
