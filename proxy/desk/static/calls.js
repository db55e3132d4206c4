/** The calls of the desk's API. What comes back is checked, whatever a server between may have made of it. */
import { deskPath } from './place.js'
import { contactLink, flag, link, listOf, number, object, oneOf, orNothing, text, time } from './shapes.js'
import { words } from './texts.js'

/** A call that was refused, or that nothing answered: then its status is 0. Its message is for the learner. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message)
    Object.assign(this, { status, code })
  }

  /** Whether the same call may succeed a little later. */
  get isAway() {
    return this.status === 0 || this.status >= 500
  }

  /** Whether the server is not running any more. */
  get isStopped() {
    return this.status === 410 || this.status === 424
  }
}

async function call(method, address, body, read) {
  const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const signal = AbortSignal.timeout(90_000)
  const options = { method, cache: 'no-store', redirect: 'error', signal, ...json }
  const response = await fetch(`${deskPath}api/${address}`, options).catch(() => undefined)
  if (response === undefined) throw new Refusal(0, 'away', words.away)
  const value = await response.json().catch(() => undefined)
  if (!response.ok) {
    const { code, error, message } = value ?? {}
    const said = response.status >= 500 || typeof message !== 'string' ? words.away : message
    throw new Refusal(response.status, code ?? error, said)
  }
  try {
    return read(value)
  } catch {
    throw new Refusal(response.status, 'strange_answer', words.strange)
  }
}

const ends = orNothing(object({ seconds: number, why: text, keep: flag, warn: flag, says: text }))
const notebook = object({
  path: text,
  title: orNothing(text),
  version: orNothing(text),
  copy: flag,
  mine: flag,
  behind: flag,
  offer: flag,
  versions: number,
})
const state = object({
  course: object({ name: text, title: orNothing(text), contact: orNothing(text), contactLink: orNothing(contactLink) }),
  help: orNothing(link),
  ends,
  notebook: orNothing(notebook),
  memory: orNothing(object({ bytes: number, limit: orNothing(number) })),
  copies: orNothing(object({ days: number, mostDays: number })),
  announcements: orNothing(listOf(object({ id: text, level: text, text }))),
  again: number,
})
const cell = object({ kind: text, source: text })
const change = object({
  what: oneOf('added', 'removed', 'changed', 'moved', 'conflict'),
  by: oneOf('mine', 'theirs', 'both'),
  kind: orNothing(text),
  before: orNothing(text),
  mine: orNothing(text),
  theirs: orNothing(text),
})
const offer = object({
  mine: text,
  theirs: text,
  changed: flag,
  conflicts: number,
  problem: orNothing(text),
  changes: listOf(change),
  left: number,
})
const replaced = object({ reload: flag })
const about = (path) => `path=${encodeURIComponent(path)}`

export const askState = (notebook, active) => call('POST', 'state', { notebook: notebook ?? null, active }, state)
export const keepServer = () => call('POST', 'keep', {}, object({ ends }))
export const askOffer = (path) => call('GET', `offer?${about(path)}`, undefined, offer)
export const takeOffer = (body) => call('POST', 'offer', body, replaced)
export const resetNotebook = (path) => call('POST', 'reset', { path }, replaced)
export const askVersions = (path) =>
  call(
    'GET',
    `versions?${about(path)}`,
    undefined,
    object({ versions: listOf(object({ number, path: text, at: time, size: number })) }),
  )
export const askCells = (version) =>
  call('GET', `versions/${version}/cells`, undefined, object({ cells: listOf(cell) }))
export const restoreVersion = (version) => call('POST', `versions/${version}/restore`, {}, replaced)
export const versionLink = (version) => `${deskPath}api/versions/${version}`
export const shareCopy = (path, days) =>
  call('POST', 'share', { path, days }, object({ url: link, until: time, list: link }))
export const askReading = (path) => call('GET', `reading?${about(path)}`, undefined, object({ title: text }))
export const readingLink = (path) => `${deskPath}api/reading/page?${about(path)}`
export const askWhose = () => call('POST', 'whose', {}, object({ owner: text, back: link }))
export const askSupportCode = () => call('POST', 'support-code', {}, object({ code: text, until: time }))
