import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { columns } from '../../../roster/people.ts'
import type { RosterPlan, Step } from '../../../roster/plan.ts'
import { retold } from '../../../words/kept.ts'
import { forCount, type Said, say, type Text } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { hiddenFields, type Notice, noticeLine } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface ImportPage {
  admin: User
  /** Authenticators that keep accounts, by name. */
  keepers: string[]
  hasMail: boolean
  /** What is wrong with the file that was just chosen. */
  problem?: Said | undefined
  notice?: Notice | undefined
}

/** Sends the page on which an admin chooses a file of people. */
export function sendImportPage(ctx: Koa.Context, { admin, keepers, hasMail, problem, notice }: ImportPage): void {
  const download = html`<a href="/hub/admin/people.csv">${say`Download all accounts as such a file`}</a>`
  sendPage(ctx, {
    title: say`Register people from a file`,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${problem !== undefined && html`<p class="notice" role="alert" id="problem">${problem}</p>`}
<p>${say`Choose a CSV file, as spreadsheets save it: “CSV UTF-8”. Its first line names the columns, of which ${html`<code>${'email'}</code>`} must be there: ${html`<code>${columns.join(',')}</code>`}`}</p>
<form method="post" action="/hub/admin/import" enctype="multipart/form-data">
<label for="file">${say`File`}</label><input id="file" name="file" type="file" accept=".csv,text/csv,text/plain" required${problem !== undefined && html` aria-describedby="problem"`}>
<label for="groups">${say`Groups for all of them`}</label><input id="groups" name="groups" maxlength="1000" autocomplete="off" aria-describedby="groups-help">
<p class="quiet" id="groups-help">${say`Separated by blanks. Leave it empty for none but those in the file.`}</p>
<label class="choice"><input type="checkbox" name="replace_groups" value="yes"> ${say`Take these people out of groups of earlier files that this file does not name for them`}</label>
${keepers.length > 1 && html`<label for="authenticator">${say`Way to sign in`}</label><select id="authenticator" name="authenticator">${keepers.map((name) => html`<option>${name}</option>`)}</select>`}
<fieldset><legend>${say`Each person who has no password yet gets a link to choose one`}</legend>
${hasMail && html`<label class="choice"><input type="radio" name="links" value="mail" checked> ${say`by mail`}</label>`}
<label class="choice"><input type="radio" name="links" value="show"${!hasMail && html` checked`}> ${say`on a page to print`}</label>
<label class="choice"><input type="radio" name="links" value="none"> ${say`later`}</label></fieldset>
<p><button>${say`Show what would be done`}</button></p></form>
<p class="quiet">${say`Nothing is written before you have seen it and pressed another button.`} ${hasMail ? say`${download}, or ${html`<a href="/hub/admin/mails">${say`look at the mails`}</a>`}.` : say`${download}.`}</p>`,
  })
}

export interface PreviewPage {
  admin: User
  plan: RosterPlan & { digest: string }
  /** The fields that the next button posts again: the file and what was chosen with it. */
  fields: Record<string, string>
  links: 'none' | 'mail' | 'show'
}

/** The most lines of each kind that a page shows. */
const mostShown = 500

/** Sends the page that shows what an import would do, with the button that does it. */
export function sendPreviewPage(ctx: Koa.Context, { admin, plan, fields, links }: PreviewPage): void {
  const { steps, bad, warnings } = plan
  const ofKind = (kind: Step['kind']) => steps.filter((step) => step.kind === kind)
  const { made, changed, left } = { made: ofKind('make'), changed: ofKind('change'), left: ofKind('leave') }
  const written = made.length + changed.length
  sendPage(ctx, {
    title: written === 0 && bad.length === 0 ? say`All of them are registered already` : say`What the file would do`,
    userName: shownName(admin),
    body: html`
<p role="status">${say`${made.length} new, ${changed.length} changed, ${left.length} left alone, ${bad.length} that cannot be used.`}</p>
${warnings.map((text) => html`<p class="notice">${retold(text)}</p>`)}
${
  bad.length > 0 &&
  html`<section class="plan" aria-labelledby="bad"><h2 id="bad">${say`Lines that cannot be used`}</h2>
<ul class="lines">${bad.slice(0, mostShown).map(({ line, problem }) => html`<li><span><strong>${say`Line ${line}:`}</strong> ${retold(problem)}</span></li>`)}</ul>${rest(bad.length)}</section>`
}
${stepList(say`New accounts`, 'new', made)}
${stepList(say`Changed accounts`, 'changed', changed)}
${stepList(say`Left alone`, 'left', left)}
<div class="row"><a class="button plain" href="/hub/admin/import">${say`Choose another file`}</a>
${
  steps.length > 0 &&
  html`<form method="post" action="/hub/admin/import/confirmed" enctype="multipart/form-data">${hiddenFields({ ...fields, digest: plan.digest, links, ...(bad.length > 0 && { skip_bad: 'yes' }) })}<button>${buttonText(written, bad.length, links)}</button></form>`
}</div>`,
  })
}

function buttonText(written: number, bad: number, links: PreviewPage['links']): Text {
  const people =
    written === 0 ? say`Change nothing` : forCount(written, say`Register one person`, say`Register ${written} people`)
  const lines = forCount(bad, say`${people}, without the line above`, say`${people}, without the ${bad} lines above`)
  const these = bad === 0 ? people : lines
  return { none: these, mail: say`${these}, and send the mails`, show: say`${these}, and show the links` }[links]
}

function stepList(title: Text, id: string, steps: Step[]) {
  if (steps.length === 0) return false
  return html`<section class="plan" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<ul class="lines">${steps.slice(0, mostShown).map((step) => html`<li><span>${stepText(step)}</span></li>`)}</ul>${rest(steps.length)}</section>`
}

function rest(count: number) {
  return count > mostShown && html`<p class="quiet">${say`And ${count - mostShown} more.`}</p>`
}

/** Returns what a step does, in one line. */
function stepText({ line, name, email, displayName, groups, leaves }: Step): Html {
  const more = [
    displayName !== undefined && say`shown as ${displayName}`,
    groups.length > 0 && say`joins ${groups.join(', ')}`,
    leaves.length > 0 && say`leaves ${leaves.join(', ')}`,
  ]
  return html`${say`Line ${line}: ${name} (${email})`}${more.map((one) => one !== false && html`, ${one}`)}`
}
