/** Registers the people of a CSV file: says what it would do, and does it when it is told to. */
import { hash } from 'node:crypto'
import { readCsv, type Unreadable } from '../../roster/csv.ts'
import { readPeople } from '../../roster/people.ts'
import { planImport, type RosterPlan, type Step } from '../../roster/plan.ts'
import { retold } from '../../words/kept.ts'
import { forCount, say, textIn } from '../../words/text.ts'
import type { AccountAdmin, PasswordLink } from '../access/accounts.ts'
import { reviewGuests } from '../access/guests.ts'
import { type Keeper, keeperNamed } from '../access/keepers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { circumstancesOf, type FoundPeople } from './circumstances.ts'
import { askForLinks, ensureAccounts, makeLinks } from './links.ts'
import { writePlan } from './write.ts'

export interface ImportRequest {
  file: Uint8Array
  /** Groups for all people of the file. */
  groups: string[]
  /** Whether people leave the groups of earlier files that this file does not name for them. */
  replaceGroups: boolean
  /** The authenticator that keeps the accounts. It may be left out where only one does. */
  authenticator: string | undefined
}

export interface ImportPlan extends RosterPlan {
  /** Stands for all that would be done. Another text after anything has changed that matters here. */
  digest: string
}

export interface ImportOrder extends ImportRequest {
  /** Whether the good lines are imported though others are bad. */
  skipBad: boolean
  /** The digest of the plan that a person has seen and wants. Undefined for whatever the file says. */
  digest: string | undefined
  /** What each person without a password gets: a mail, or a link that is shown now. */
  links: 'none' | 'mail' | 'show'
}

export interface ImportResult extends ImportPlan {
  /** The links that were made, for people to hand out. They are kept nowhere. */
  links: (PasswordLink & Pick<Step, 'displayName' | 'groups'>)[]
  /** How many mails were asked for. */
  mails: number
  /** How many people get none now, since one is on its way to them, or the link in theirs is still good. */
  mailed: number
}

/** Returns what an import of this file would do. Changes nothing. */
export async function previewImport(hub: Hub, request: ImportRequest): Promise<ImportPlan> {
  const { plan } = await planOf(hub, hub.db, keeperFor(hub, request), request)
  return plan
}

/**
 * Imports a file in one transaction. Throws, and changes nothing, when a line is bad and `skipBad` is off, or when the
 * plan is not the one that was seen. Accounts at the authenticator and links are made after that: a hub that dies in
 * between leaves people without them, and the same import made again adds what is missing.
 */
export async function runImport(hub: Hub, order: ImportOrder, by: AccountAdmin): Promise<ImportResult> {
  const keeper = keeperFor(hub, order)
  if (order.links === 'mail' && hub.config.mail === undefined) throw noMail()
  const { plan, users } = await hub.db.transaction(async (trx) => {
    if (!(await by.precondition(trx))) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
    const found = await planOf(hub, trx, keeper, order)
    if (order.digest !== undefined && order.digest !== found.plan.digest) throw changed()
    if (found.plan.bad.length > 0 && !order.skipBad) throw badLines(found.plan)
    const written = await writePlan(hub, trx, keeper, found, by)
    if (written === undefined) throw changed()
    return { plan: found.plan, users: written }
  })
  if (plan.steps.some(({ leaves }) => leaves.length > 0)) await reviewGuests(hub)
  const without = await ensureAccounts(keeper, plan.steps)
  const ids = without.flatMap(({ name }) => users.get(name)?.id ?? [])
  const mails = order.links === 'mail' ? await askForLinks(hub, ids) : 0
  const links = order.links === 'show' ? await makeLinks(hub, keeper, { steps: without, users }, by) : []
  return { ...plan, links, mails, mailed: order.links === 'mail' ? ids.length - mails : 0 }
}

function keeperFor(hub: Hub, { authenticator }: ImportRequest): Keeper {
  const keeper = keeperNamed(hub, authenticator)
  if (!keeper.isGate) return keeper
  throw new HttpError(
    400,
    'accounts_of_gate',
    say`People who sign in by "${keeper.name}" become temporary users here, so that no one of them can be in a group or come back. Import people for an authenticator that stands by itself.`,
  )
}

async function planOf(
  hub: Hub,
  db: Hub['db'],
  keeper: Keeper,
  request: ImportRequest,
): Promise<{ plan: ImportPlan; users: FoundPeople['users'] }> {
  const rows = readCsv(request.file)
  if (!Array.isArray(rows)) throw unreadable(rows)
  const roster = readPeople(rows)
  if ('problem' in roster) throw unreadable(roster)
  if (request.replaceGroups && !roster.hasGroups && request.groups.length === 0) throw noGroups()
  const circumstances = await circumstancesOf(hub, db, keeper, roster, request)
  const plan = planImport(roster, circumstances)
  const digest = hash('sha256', JSON.stringify([keeper.name, plan.steps, plan.bad]), 'hex')
  return { plan: { ...plan, digest }, users: circumstances.users }
}

function unreadable({ line, problem }: Unreadable): HttpError {
  return new HttpError(400, 'bad_file', line === undefined ? problem : say`Line ${line}: ${retold(problem)}`)
}

function noGroups(): HttpError {
  return new HttpError(
    400,
    'no_groups',
    say`The file has no column “groups”, so all of its people would leave all groups. Add the column, or do not replace groups.`,
  )
}

function badLines({ bad }: RosterPlan): HttpError {
  const shown = bad.slice(0, 20).map(({ line, problem }) => say`Line ${line}: ${retold(problem)}`)
  const left = bad.length - shown.length
  const more = left > 0 ? [forCount(left, say`And ${left} line more.`, say`And ${left} lines more.`)] : []
  const told = [say`Nothing was imported, since not every line can be.`, ...shown, ...more]
  return new HttpError(
    409,
    'bad_lines',
    textIn((language) => told.map((line) => line.plain(language)).join('\n')),
    [again],
  )
}

/** For pages: where another look is taken. */
const again = { href: '/hub/admin/import', text: say`Choose the file again` }

function changed(): HttpError {
  return new HttpError(
    409,
    'changed',
    say`Something has changed since you looked, and nothing was imported. Look again.`,
    [again],
  )
}

function noMail(): HttpError {
  return new HttpError(
    400,
    'no_mail',
    say`This hub sends no mail. Add mail to the config, or have the links shown and hand them out.`,
  )
}
