import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import { type Said, say, type Text } from '../../../words/text.ts'
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
  /** The course as its learners have it; undefined for one that they cannot open. */
  opened?: Course | undefined
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
  problem?: Said
  notice: Notice | undefined
  /** The time by the database's clock. */
  now: number
}

/** Sends the page about what opens the repository of a course, and what has it fetched. No secret comes back here but a new one. */
export function sendAccessPage(ctx: Koa.Context, page: AccessPage): void {
  const { user, course, url, notice, problem } = page
  if (problem !== undefined) ctx.status = 400
  sendPage(ctx, {
    title: say`Access to the repository of ${course.name}`,
    course: page.opened,
    crumbs: [
      ...coursesCrumbs,
      { href: `/hub/my-courses/${course.slug}/content`, text: say`Content of ${course.name}` },
    ],
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
${problem !== undefined && html`<p class="notice" role="alert">${say`Nothing was changed. ${problem}`}</p>`}
<p>${say`The repository is ${html`<code>${url}</code>`}.`}</p>
<h2>${say`Private repository`}</h2>
${keyPart(page)}
<h2>${say`Pull at each push`}</h2>
${hookPart(page)}`,
  })
}

/** Sends the page that asks before a token comes in the place of another key, which it names. */
export function sendReplaceTokenPage(ctx: Koa.Context, page: Omit<AccessPage, 'hook'>): void {
  const { user, course, key } = page
  const action = `/hub/my-courses/${course.slug}/access`
  sendPage(ctx, {
    title: say`Replace the key of ${course.name}?`,
    userName: shownName(user),
    body: html`${key === undefined ? html`<p>${say`No key is given.`}</p>` : toldPart(key, page)}
<p>${say`The hub forgets the present one, which cannot be had back here.`}</p>
${tokenForm(page, action, { isAsked: true })}
<p><a class="button plain" href="${action}">${say`Leave it as it is`}</a></p>`,
  })
}

function isSsh(url: string): boolean {
  return !/^https?:/.test(url)
}

function keyPart(page: AccessPage): Html {
  const { key, url, course } = page
  const action = `/hub/my-courses/${course.slug}/access`
  const make = {
    ...{ text: key?.kind === 'ssh' ? say`Make another deploy key` : say`Make a deploy key` },
    about: say`for ${course.name}`,
    action: `${action}/pair`,
  }
  const another = {
    href: `${action}/token`,
    text: key?.kind === 'ssh' ? say`Give a token` : say`Give another token`,
    about: say`for ${course.name}`,
  }
  const look = {
    ...{ text: key?.hostKeys.length ? say`Look at the host again` : say`Look at the host` },
    ...{ about: say`to confirm its fingerprint`, action: `${action}/host` },
  }
  const remove =
    key !== undefined &&
    askLink({ href: `${action}/remove`, text: say`Remove the key`, about: say`of ${course.name}`, danger: true })
  return html`${key === undefined ? html`<p>${say`No key is given. A public repository needs none.`}</p>` : toldPart(key, page)}
${
  isSsh(url)
    ? html`${hostPart(page)}<p class="quiet">${say`The hub makes a pair of keys, and shows its public half. Add that at the host as a deploy key that may only read.`}</p>
<div class="row">${key?.kind === 'ssh' && postButton(look)}${key === undefined ? postButton(make) : linkButton({ ...make, href: make.action })}${remove}</div>`
    : key === undefined
      ? tokenForm(page, action)
      : html`<div class="row">${linkButton(another)}${remove}</div>`
}`
}

function toldPart(key: ToldKey, { now }: Pick<AccessPage, 'now'>): Html {
  const used = key.used === undefined ? say`It was not used yet.` : say`It was last used ${ago(now - key.used)}.`
  return html`<p>${givenText(key, ago(now - key.set))} ${used}</p>
${key.problem !== undefined && html`<p class="notice">${key.problem}</p>`}
${key.failure !== undefined && html`<p class="notice">${retold(key.failure)}</p>`}
${
  key.publicKey !== undefined &&
  html`<label for="public">${say`Public half, for the host`}</label><textarea id="public" rows="3" readonly spellcheck="false">
${key.publicKey}</textarea>`
}`
}

function givenText({ kind, user, setBy }: ToldKey, when: Text): Html {
  if (kind === 'ssh') return say`A deploy key was given by ${setBy}, ${when}.`
  return user === undefined
    ? say`A token was given by ${setBy}, ${when}.`
    : say`A token with the user name ${html`<code>${user}</code>`} was given by ${setBy}, ${when}.`
}

/** Returns what is known of the host, and the way to confirm which one it is. */
function hostPart({ key, hostKeys, course }: AccessPage): Html | false {
  if (key?.kind !== 'ssh') return false
  const action = `/hub/my-courses/${course.slug}/access`
  if (hostKeys !== undefined)
    return html`<p>${say`Compare with what the host publishes of itself, and confirm the fingerprint that is the same.`}</p>
<ul class="cards">${hostKeys.map(({ type, fingerprint }) => html`<li><div><code>${fingerprint}</code> (${type})</div>${postButton({ text: say`Confirm`, about: fingerprint, action: `${action}/confirm`, fields: { fingerprint } })}</li>`)}</ul>`
  const known = key.hostKeys.map(({ type, fingerprint }) => html`<li><code>${fingerprint}</code> (${type})</li>`)
  return known.length > 0 && html`<p>${say`The host is known by:`}</p><ul>${known}</ul>`
}

function tokenForm({ typed }: Pick<AccessPage, 'typed'>, action: string, { isAsked = false } = {}): Html {
  return html`<form method="post" action="${action}/token">
<label for="token">${say`Token that may read the repository`}</label><input id="token" name="token" type="password" maxlength="4000" required autocomplete="off" aria-describedby="token-help"><p class="quiet" id="token-help">${say`It is kept sealed, goes to this host only, and is never shown again.`}</p>
<label for="user">${say`User name`}</label><input id="user" name="user" value="${typed?.user ?? ''}" maxlength="255" autocomplete="off" spellcheck="false" autocapitalize="none" aria-describedby="user-help"><p class="quiet" id="user-help">${say`Only where the host wants one beside the token.`}</p>
${isAsked ? html`${hiddenFields({ replaces: 'yes' })}<button class="danger">${say`Replace the key`}</button>` : html`<button>${say`Give the token`}</button>`}</form>`
}

function hookPart({ hook, newHook, course, now }: AccessPage): Html {
  const action = `/hub/my-courses/${course.slug}/access`
  if (newHook !== undefined)
    return html`<p class="notice">${say`Copy both now: they are not shown again.`}</p>
${copyField({ id: 'address', label: say`Address`, value: newHook.address, about: say`the address` })}
${newHook.secret !== undefined && copyField({ id: 'secret', label: say`Secret`, value: newHook.secret, about: say`the secret` })}
${setting}`
  return html`${
    hook === undefined
      ? html`<p>${say`The host of the repository can tell the hub of each push, so that learners have it at once.`}</p>`
      : html`<p>${say`An address was made by ${hook.madeBy}, ${ago(now - hook.made)}.`} ${hook.called === undefined ? say`It was not called yet.` : say`It was last called ${ago(now - hook.called)}.`}</p>
${hook.problem !== undefined && html`<p class="notice">${hook.problem}</p>`}`
  }
<div class="row">${postButton({ text: hook === undefined ? say`Make an address` : say`Make a new address`, about: say`for pushes to ${course.name}`, action: `${action}/hook` })}${hook !== undefined && askLink({ href: `${action}/hook/remove`, text: say`Remove the address`, about: say`of ${course.name}`, danger: true })}</div>
${setting}`
}

const setting = html`<dl>
<dt>${'GitHub'}</dt><dd>${say`Settings, Webhooks, Add webhook: the address as Payload URL, application/json, the secret as Secret.`}</dd>
<dt>${'GitLab'}</dt><dd>${say`Settings, Webhooks: the address as URL, the secret as Secret token, Push events.`}</dd>
<dt>${say`Gitea and Forgejo`}</dt><dd>${say`Settings, Webhooks: the address as Target URL, POST, the secret as Secret.`}</dd>
</dl>`
