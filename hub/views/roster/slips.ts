import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { sendPage } from '../page.ts'
import { usualName } from '../parts/header.ts'

/** What one person needs to come in for the first time. */
export interface Slip {
  name: string
  displayName: string | undefined
  groups: string[]
  link: string
  /** When the link ends, in words. */
  until: Said
}

/** Sends the page with a slip for each person, to print and to cut. */
export function sendSlipsPage(
  ctx: Koa.Context,
  { admin, site, slips }: { admin: User; site: string; slips: Slip[] },
): void {
  sendPage(ctx, {
    title: say`Links to hand out`,
    userName: shownName(admin),
    body: html`${advice}${slipLists(site, slips)}<p class="screen"><a href="/hub/admin/import">${say`I have printed or saved them`}</a></p>`,
  })
}

/** Returns a whole page with the slips, for a file, which needs nothing else to be shown or printed. */
export function slipsDocument(site: string, slips: Slip[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${say`Links to hand out`} – ${usualName}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
${documentStyle}
</head>
<body><main>
<h1>${say`Links to hand out`}</h1>
${advice}${slipLists(site, slips)}
</main></body>
</html>
`.html
}

const advice = html`<p class="notice screen">${say`These links are shown this once: print this page, or save it where only you can read it. Anyone with a link can choose the password of its person.`}</p>`

/** Returns a list of slips for each group, which begins a sheet of paper of its own. A person of several groups stands in the first. */
function slipLists(site: string, slips: Slip[]): Html[] {
  const byGroup = new Map<string, Slip[]>()
  for (const slip of slips) {
    const group = slip.groups[0] ?? ''
    byGroup.set(group, [...(byGroup.get(group) ?? []), slip])
  }
  return [...byGroup].sort(byName).map(
    ([group, members], at) => html`<section class="sheet" aria-labelledby="sheet-${at}">
<h2 id="sheet-${at}">${group === '' ? say`Without a group` : say`Group ${group}`}</h2>
<ul class="slips">${members.map((slip) => slipItem(site, slip))}</ul></section>`,
  )
}

function byName([one]: [string, Slip[]], [other]: [string, Slip[]]): number {
  return one.localeCompare(other)
}

function slipItem(site: string, { name, displayName, link, until }: Slip) {
  return html`<li><h3>${displayName ?? name}</h3>
<p>${say`Your name at ${site}: ${html`<strong>${name}</strong>`}`}</p>
<p>${say`Open this address and choose your password. It is yours alone, good once, until ${until}.`}</p>
<p class="link"><code>${link}</code></p></li>`
}

/** The style of the file. The page of the hub has the same rules in style.css. */
const documentStyle = html`<style>body{margin:0;font:1.0625rem/1.55 system-ui,sans-serif;color:#1d2433;background:#fff}
main{max-width:42rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.6rem}h2{font-size:1.15rem}h3{font-size:1.05rem;margin:0}
.notice{padding:.6rem .9rem;border-left:4px solid #1f5f8b}
ul.slips{list-style:none;margin:0;padding:0}
ul.slips>li{padding:.75rem 0;border-top:1px dashed #586074;break-inside:avoid}
ul.slips p{margin:.25rem 0}code{overflow-wrap:anywhere}
@media print{.screen{display:none}.sheet{break-before:page}.sheet:first-of-type{break-before:auto}}</style>`
