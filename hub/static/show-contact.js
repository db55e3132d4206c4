// The line that says whom to ask, once something has failed. Absent where nobody is named.
const contact = document.getElementById('contact')
const mail = contact?.querySelector('a[href^="mailto:"]')
const address = mail?.href

/** Shows or hides whom to ask. The subject of a mail to them ends with the reference, where there is one, by which they find what happened. */
export function showContact(isShown, reference) {
  if (contact === null) return
  contact.hidden = !isShown
  if (mail) mail.href = address + (reference ? encodeURIComponent(` (${reference})`) : '')
}
