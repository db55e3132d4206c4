/**
 * tmpnb's addresses for people: `/spawn[/…]`, `/notebooks/…`, `/tree/…`, `/files/…`, and `/` where the config says so. Each
 * means a link of ours in the one course that the config names, so nothing but this file knows them.
 */

import type { TmpnbSettings } from '../../config/sections/tmpnb.ts'
import { linkParameters } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { findCourse } from '../../courses/find.ts'
import { successorOf } from '../../courses/successor.ts'
import { say } from '../../words/text.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { unknownCourse } from '../rights/opening.ts'

/** Returns the course that tmpnb's addresses mean. */
export function courseOfTmpnb({ courses }: Pick<Hub, 'courses'>, { course: name }: TmpnbSettings): Course {
  const course = findCourse(courses.all, name)
  if (course === undefined) throw unknownCourse(name)
  return successorOf(courses.all, course)
}

/** Returns the link that an address of tmpnb's, path and query, means. Any other address is returned as it is. */
export function linkOfTmpnb(hub: Pick<Hub, 'courses' | 'config'>, target: string): string {
  const { tmpnb } = hub.config
  if (tmpnb?.pages !== true) return target
  const [path = '', ...rest] = target.split('#', 1)[0]?.split('?') ?? []
  const [first, ...below] = path.split('/').filter((segment) => segment !== '')
  if (first === undefined && !tmpnb.front) return target
  if (first !== undefined && first !== 'spawn' && !places.has(first)) return target
  const wanted = first === 'spawn' ? below : first === undefined ? [] : [first, ...below]
  if (wanted[0] === 'user') throw noRooms()
  if (wanted[0] !== undefined && !places.has(wanted[0])) throw notThere()
  return linkTo(courseOfTmpnb(hub, tmpnb), { slug: tmpnb.course.toLowerCase(), wanted, query: rest.join('?') })
}

/** First segments of Jupyter's own pages that tmpnb leads to. */
const places = new Set(['notebooks', 'tree', 'files'])

/**
 * Returns the link for a page of Jupyter's in the course. A query that is none of ours is Jupyter's, which then opens its
 * own page with that query. Otherwise the file opens as the course opens files.
 */
function linkTo(course: Course, { slug, wanted, query }: { slug: string; wanted: string[]; query: string }): string {
  const [place, ...path] = wanted
  const ours = [course.choices, course.questions]
  const isOurs = (name: string) => linkParameters.has(name) || ours.some((all) => Object.hasOwn(all, name))
  const isForJupyter = [...new URLSearchParams(query).keys()].some((name) => !isOurs(name))
  const end = query === '' ? '' : `?${query}`
  if (place === 'files' || (place !== undefined && isForJupyter))
    return `/hub/at/${slug}/user-redirect/${[place, ...path].join('/')}${end}`
  return `/${['launch', slug, ...path].join('/')}${end}`
}

function noRooms(): HttpError {
  return new HttpError(
    404,
    'no_rooms',
    say`Rooms that several people enter by a name are not there any more. All who knew the name could run programs in such a room, read and change its files, and act in the name of the others. You can open a notebook of your own, and hand files to others by downloading them.`,
    [{ href: '/spawn', text: say`Open a notebook of my own` }],
  )
}

function notThere(): HttpError {
  return new HttpError(
    404,
    'not_an_entry',
    say`This address opens no notebook. Check the link, or ask whoever gave it to you.`,
    [{ href: '/spawn', text: say`Open a notebook` }],
  )
}
