/** Whom people ask for help: a contact is words, which may have a mail address or an address with https or http in them. */

/** The first address in a contact. */
export interface ContactAddress {
  kind: 'mail' | 'page'
  /** The address as the contact has it, and where in the contact it begins. */
  text: string
  index: number
  href: string
}

/**
 * Letters that mean something in a `mailto:` address stand in no mail address here, nor beside one: `?`, `&` and `%` would begin
 * headers of a mail that somebody else has written.
 */
const mail = /(?<![\w.+%&?=/:@-])(?:mailto:)?([\w.+-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?)(?!\.?[\w@%&?=/:-])/i
const page = /https?:\/\/[^\s<>"'`\\^{}|]*[^\s<>"'`\\^{}|.,;:!?)]/i

/** Returns the first address in a contact; undefined where there are only words. Pure. */
export function addressIn(contact: string): ContactAddress | undefined {
  const found = page.exec(contact)
  if (found !== null) {
    const [text] = found
    const url = URL.parse(text)
    return url === null || url.username !== '' || url.password !== ''
      ? undefined
      : { kind: 'page', text, index: found.index, href: url.href }
  }
  const [text = '', address] = mail.exec(contact) ?? []
  return address === undefined
    ? undefined
    : { kind: 'mail', text, index: contact.indexOf(text), href: `mailto:${address}` }
}

/** Returns whether a contact is one address and nothing else. Pure. */
export function isOneAddress(contact: string): boolean {
  return addressIn(contact)?.text === contact
}

/** Returns where an address leads: to a mail with this subject already in it, or to a page. Pure. */
export function linkTo({ kind, href }: ContactAddress, subject: string): string {
  if (kind === 'page') return href
  const line = subject
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 150)
    .toWellFormed()
  return `${href}?subject=${encodeURIComponent(line)}`
}
