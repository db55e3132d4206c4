import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import type { User } from '../../db/users.ts'
import type { NewPullHook, ToldHook } from '../../git-keys/pull-hook.ts'
import type { ToldHostKey, ToldKey } from '../../git-keys/told-key.ts'
import { ago, shownName } from '../format.ts'
import { askLink, hiddenFields, linkButton, type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { copyField } from '../parts/copy-field.ts'
import { coursesCrumbs } from '../parts/header.ts'

export interface AccessPage {
  user: User
  course: { name: string; slug: string }
  /** The address of the repository. */
  url: string
  key: ToldKey | undefined
  hook: ToldHook | undefined
  /** A hook that was made just now, whose address and secret are shown this once. */
  newHook?: NewPullHook
  /** The keys that the host has shown just now, for the person to compare. */
  hostKeys?: ToldHostKey[]
  /** What was typed and is no secret. */
  typed?: { user: string }
  /** Why what the person asked for was not done. */
  problem?: string
  notice: Notice | undefined
  /** The time by the database's clock. */
  now: number
}

/** Sends the page about what opens the repository of a course, and what has it fetched. No secret comes back here but a new one. */
export function sendAccessPage(ctx: Koa.Context, page: AccessPage): void {
  const { user, course, url, notice, problem } = page
  if (problem !== undefined) ctx.status = 400
  sendPage(ctx, {
    title: `Access to the repository of ${course.name}`,
    crumbs: [...coursesCrumbs, { href: `/hub/my-courses/${course.slug}/content`, text: `Content of ${course.name}` }],
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
${problem !== undefined && html`<p class="notice" role="alert">Nothing was changed. ${problem}</p>`}
<p>The repository is <code>${url}</code>.</p>
<h2>Private repository</h2>
${keyPart(page)}
<h2>Pull at each push</h2>
${hookPart(page)}`,
  })
}

/** Sends the page that asks before a token comes in the place of another key, which it names. */
export function sendReplaceTokenPage(ctx: Koa.Context, page: Omit<AccessPage, 'hook'>): void {
  const { user, course, key } = page
  const action = `/hub/my-courses/${course.slug}/access`
  sendPage(ctx, {
    title: `Replace the key of ${course.name}?`,
    userName: shownName(user),
    body: html`${key === undefined ? html`<p>No key is given.</p>` : toldPart(key, page)}
<p>The hub forgets the present one, which cannot be had back here.</p>
${tokenForm(page, action, { isAsked: true })}
<p><a class="button plain" href="${action}">Leave it as it is</a></p>`,
  })
}

function isSsh(url: string): boolean {
  return !/^https?:/.test(url)
}

function keyPart(page: AccessPage): Html {
  const { key, url, course } = page
  const action = `/hub/my-courses/${course.slug}/access`
  const make = {
    ...{ text: key?.kind === 'ssh' ? 'Make another deploy key' : 'Make a deploy key', about: `for ${course.name}` },
    action: `${action}/pair`,
  }
  const another = {
    href: `${action}/token`,
    text: key?.kind === 'ssh' ? 'Give a token' : 'Give another token',
    about: `for ${course.name}`,
  }
  const look = {
    ...{ text: key?.hostKeys.length ? 'Look at the host again' : 'Look at the host' },
    ...{ about: 'to confirm its fingerprint', action: `${action}/host` },
  }
  const remove =
    key !== undefined &&
    askLink({ href: `${action}/remove`, text: 'Remove the key', about: `of ${course.name}`, danger: true })
  return html`${key === undefined ? html`<p>No key is given. A public repository needs none.</p>` : toldPart(key, page)}
${
  isSsh(url)
    ? html`${hostPart(page)}<p class="quiet">The hub makes a pair of keys, and shows its public half. Add that at the host as a deploy key that may only read.</p>
<div class="row">${key?.kind === 'ssh' && postButton(look)}${key === undefined ? postButton(make) : linkButton({ ...make, href: make.action })}${remove}</div>`
    : key === undefined
      ? tokenForm(page, action)
      : html`<div class="row">${linkButton(another)}${remove}</div>`
}`
}

function toldPart(key: ToldKey, { now }: Pick<AccessPage, 'now'>): Html {
  const what =
    key.kind === 'ssh'
      ? 'A deploy key'
      : html`A token${key.user !== undefined && html` with the user name <code>${key.user}</code>`}`
  const used = key.used === undefined ? 'It was not used yet.' : `It was last used ${ago(now - key.used)}.`
  return html`<p>${what} was given by ${key.setBy}, ${ago(now - key.set)}. ${used}</p>
${key.problem !== undefined && html`<p class="notice">${key.problem}</p>`}
${key.failure !== undefined && html`<p class="notice">${retold(key.failure)}</p>`}
${
  key.publicKey !== undefined &&
  html`<label for="public">Public half, for the host</label><textarea id="public" rows="3" readonly spellcheck="false">
${key.publicKey}</textarea>`
}`
}

/** Returns what is known of the host, and the way to confirm which one it is. */
function hostPart({ key, hostKeys, course }: AccessPage): Html | false {
  if (key?.kind !== 'ssh') return false
  const action = `/hub/my-courses/${course.slug}/access`
  if (hostKeys !== undefined)
    return html`<p>Compare with what the host publishes of itself, and confirm the fingerprint that is the same.</p>
<ul class="cards">${hostKeys.map(({ type, fingerprint }) => html`<li><div><code>${fingerprint}</code> (${type})</div>${postButton({ text: 'Confirm', about: fingerprint, action: `${action}/confirm`, fields: { fingerprint } })}</li>`)}</ul>`
  const known = key.hostKeys.map(({ type, fingerprint }) => html`<li><code>${fingerprint}</code> (${type})</li>`)
  return known.length > 0 && html`<p>The host is known by:</p><ul>${known}</ul>`
}

function tokenForm({ typed }: Pick<AccessPage, 'typed'>, action: string, { isAsked = false } = {}): Html {
  return html`<form method="post" action="${action}/token">
<label for="token">Token that may read the repository</label><input id="token" name="token" type="password" maxlength="4000" required autocomplete="off" aria-describedby="token-help"><p class="quiet" id="token-help">It is kept sealed, goes to this host only, and is never shown again.</p>
<label for="user">User name</label><input id="user" name="user" value="${typed?.user ?? ''}" maxlength="255" autocomplete="off" spellcheck="false" autocapitalize="none" aria-describedby="user-help"><p class="quiet" id="user-help">Only where the host wants one beside the token.</p>
${isAsked ? html`${hiddenFields({ replaces: 'yes' })}<button class="danger">Replace the key</button>` : html`<button>Give the token</button>`}</form>`
}

function hookPart({ hook, newHook, course, now }: AccessPage): Html {
  const action = `/hub/my-courses/${course.slug}/access`
  if (newHook !== undefined)
    return html`<p class="notice">Copy both now: they are not shown again.</p>
${copyField({ id: 'address', label: 'Address', value: newHook.address, about: 'the address' })}
${newHook.secret !== undefined && copyField({ id: 'secret', label: 'Secret', value: newHook.secret, about: 'the secret' })}
${setting}`
  return html`${
    hook === undefined
      ? html`<p>The host of the repository can tell the hub of each push, so that learners have it at once.</p>`
      : html`<p>An address was made by ${hook.madeBy}, ${ago(now - hook.made)}. ${hook.called === undefined ? 'It was not called yet.' : `It was last called ${ago(now - hook.called)}.`}</p>
${hook.problem !== undefined && html`<p class="notice">${hook.problem}</p>`}`
  }
<div class="row">${postButton({ text: hook === undefined ? 'Make an address' : 'Make a new address', about: `for pushes to ${course.name}`, action: `${action}/hook` })}${hook !== undefined && askLink({ href: `${action}/hook/remove`, text: 'Remove the address', about: `of ${course.name}`, danger: true })}</div>
${setting}`
}

const setting = html`<dl>
<dt>GitHub</dt><dd>Settings, Webhooks, Add webhook: the address as Payload URL, application/json, the secret as Secret.</dd>
<dt>GitLab</dt><dd>Settings, Webhooks: the address as URL, the secret as Secret token, Push events.</dd>
<dt>Gitea and Forgejo</dt><dd>Settings, Webhooks: the address as Target URL, POST, the secret as Secret.</dd>
</dl>`
