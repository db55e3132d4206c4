import { type LetterWords, usualTemplate, whenText } from '../../roster/letter.ts'
import { makePasswordLink } from '../access/accounts.ts'
import { keeperOf } from '../access/keepers.ts'
import { addressesOf } from '../db/mail/addresses.ts'
import { findUser } from '../db/users.ts'
import type { Hub } from '../hub.ts'

/** Returns settings of mails with a template: the operator's, or else ours in the language of the site. */
export function withTemplate(
  mail: MailSettings,
  { language }: Hub['config']['site'],
): MailSettings & { template: string } {
  return { ...mail, template: mail.template ?? usualTemplate.plain(language) }
}

type MailSettings = NonNullable<Hub['config']['mail']>

/**
 * Makes a new link for a user by which the password is set, and returns the words of the mail that brings it. Undefined
 * when the user has a password by now, is blocked or gone, or when nothing keeps the account any more.
 */
export async function wordsFor(hub: Hub, id: string): Promise<LetterWords | undefined> {
  const user = await findUser(hub.db, id)
  const [address] = await addressesOf(hub.db, [id])
  const keeper = user && keeperOf(hub, user)
  if (user?.state !== 'active' || address === undefined || keeper === undefined) return undefined
  // A hub may have died between the user and the account.
  await keeper.accounts.add(user.name)
  const account = await keeper.accounts.find(user.name)
  if (account === undefined || account.hasPassword) return undefined
  const { link, ends } = await makePasswordLink(hub, keeper, user.name, { id: 'mail', precondition: async () => true })
  return {
    name: user.displayName ?? user.name,
    username: user.name,
    email: address.email,
    site: new URL(hub.hubUrl).host,
    address: hub.hubUrl,
    link,
    until: whenText(ends, hub.config.site.language),
  }
}
