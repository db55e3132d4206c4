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
 * headers of a mail that somebody else has written. An address with letters beyond ASCII, or with others that few addresses have,
 * is words only: a part of it would be somebody else's address.
 */
const mail =
  /(?<![\p{L}\p{M}\p{N}\p{Cf}\w.!#$%&'’*+/=?^`{|}~:@-])(mailto:)?([A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)(?![.。．｡]?[\p{L}\p{M}\p{N}\p{Cf}\w@%&?=/:-])/u
const page = /https?:\/\/[^\s<>"'`\\^{}|\p{Pi}\p{Pf}„‚]+/iu

/** Returns a contact as people read it: mail addresses stand in it without `mailto:`. Pure. */
export function asPeopleRead(contact: string): string {
  return contact.replaceAll(new RegExp(mail, 'gu'), '$2')
}

/** Returns the first address in a contact; undefined where there are only words. Pure. */
export function addressIn(contact: string): ContactAddress | undefined {
  const found = page.exec(contact)
  if (found !== null) {
    const text = withoutEnd(found[0])
    const url = URL.parse(text)
    return url === null || url.username !== '' || url.password !== ''
      ? undefined
      : { kind: 'page', text, index: found.index, href: url.href }
  }
  const written = mail.exec(contact)
  const [, scheme = '', text] = written ?? []
  return written === null || text === undefined
    ? undefined
    : { kind: 'mail', text, index: written.index + scheme.length, href: `mailto:${text}` }
}

/** Returns the address of a page without what ends the sentence around it. A bracket that the address has opened is its own. */
function withoutEnd(text: string): string {
  let end = text.length
  let open = text.split('(').length - text.split(')').length
  for (; end > 0; end -= 1) {
    const last = text[end - 1] ?? ''
    if (last === ')' && open < 0) open += 1
    else if (!'.,;:!?…'.includes(last)) break
  }
  return text.slice(0, end)
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
