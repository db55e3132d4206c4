import type { Course } from '../../../courses/course.ts'
import type { Language } from '../../../words/language.ts'
import type { Said } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'

/** A page to which the header leads. */
export interface SitePlace {
  href: string
  text: Said
  /** Beginnings of other addresses that belong to the place. */
  also?: string[]
  /** Pages inside the place, to which a line of its own leads on each of them. */
  inside?: SitePlace[]
}

/** What all pages of a site have in common. */
export interface PagesSite {
  name: string
  /** The address of the site's picture; undefined for Carrel's own. */
  logo: string | undefined
  /** The language of pages for people whose browsers want none of ours. */
  language: Language
  /** Where people of this site find help. */
  help: string | undefined
  /** Whom the people of this site ask: a mail address, or the address of a page. */
  support: string | undefined
  /** Returns the places that are open to a user: for work, and about the own account; and where the user may search the site. */
  placesOf(user: User): { work: SitePlace[]; account: SitePlace[]; search?: string }
  /** Returns the pages about one course, for its staff. */
  placesIn(course: Course): SitePlace[]
}

declare module 'koa' {
  interface DefaultState {
    /** The site to which the page belongs. */
    site?: PagesSite
    /** The user of this browser's session, once something has asked for it. */
    user?: User
  }
}
