import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { addressIn, isOneAddress, linkTo } from '../../../courses/support/contact.ts'
import { type Html, html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'

declare module 'koa' {
  interface DefaultState {
    /** The contact of the course to whose notebooks the page leads, where it has one. */
    contact?: string | undefined
  }
}

/** Has a page that leads to notebooks of a course speak the course's language, and name whom its learners ask. */
export function leadToCourse(ctx: Koa.Context, course: Course): void {
  ctx.state.language = course.language
  ctx.state.contact = course.contact
}

/** Returns the sentence that says whom to ask: those of the course, else those of the site. Mails get the subject. */
export function contactText(ctx: Koa.Context, subject: string): Html | undefined {
  const contact = ctx.state.contact ?? ctx.state.site?.support
  if (contact === undefined) return undefined
  const address = addressIn(contact)
  if (address === undefined) return say`If you need help, ask ${contact}.`
  const { kind, text, index } = address
  const link = html`<a href="${linkTo(address, subject)}"${kind === 'page' && html` target="_blank" rel="noopener"`}>${text}</a>`
  if (!isOneAddress(contact))
    return say`If you need help, ask ${html`${contact.slice(0, index)}${link}${contact.slice(index + text.length)}`}.`
  return kind === 'mail' ? say`If you need help, write to ${link}.` : say`If you need help: ${link}`
}
