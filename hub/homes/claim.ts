import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import {
  addHome,
  adoptFound,
  type Home,
  type HomeKey,
  isBeingDeleted,
  lockFound,
  lockLiving,
  openHome,
} from '../db/homes/homes.ts'
import { awaitedPrefix, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { homeKeyOf } from './account.ts'

/**
 * Returns the home with which the user's next run in this course begins, in the transaction that queues the run; undefined
 * where the course has none. The row is found, or made here, before there is any object. One whose row the database has
 * lost is taken back by its labels, and one that was to be removed stays.
 */
export async function claimHome(
  hub: Pick<Hub, 'log'>,
  trx: Transaction,
  user: User,
  course: Course,
): Promise<Home | undefined> {
  if (course.home === undefined) return undefined
  if (user.subject.startsWith(awaitedPrefix)) throw notHereYet(user)
  const key = homeKeyOf(user, course)
  const shown = { name: user.name, size: course.home.size }
  const known = (await lockLiving(trx, key)) ?? (await adoptOwn(hub, trx, user, key))
  if (known === undefined) {
    // The new home may lie in the same folder, of which the removal would take all.
    if (await isBeingDeleted(trx, key)) throw beingDeleted()
    const made = await addHome(trx, { ...key, ...shown })
    if (made !== undefined) await note('home-made', made)
    // Another transaction may have just made it.
    return made ?? (await lockLiving(trx, key))
  }
  await openHome(trx, known.id, shown)
  if (known.removeAt !== undefined) await note('home-kept', known)
  return known

  async function note(kind: 'home-made' | 'home-kept', { id }: Home) {
    await addEvent(trx, { kind, user: user.id, course: course.slug, detail: { home: id, by: user.id } })
  }
}

/** Takes the one home that has the user's labels and no row of its own. */
async function adoptOwn({ log }: Pick<Hub, 'log'>, trx: Transaction, user: User, key: HomeKey) {
  const [found, ...others] = await lockFound(trx, key)
  if (found === undefined) return undefined
  if (others.length > 0) throw severalFound()
  await adoptFound(trx, found.id, { account: key.account, name: user.name })
  log.warn({ home: found.id, user: user.id }, 'a home whose row was lost has its row again')
  await addEvent(trx, { kind: 'home-adopted', user: user.id, detail: { home: found.id, by: user.id } })
  return found
}

function notHereYet({ name }: User): HttpError {
  return new HttpError(
    409,
    'not_here_yet',
    say`${name} has never signed in, so nobody knows yet whose files these would be. The notebook can start once ${name} has.`,
  )
}

function beingDeleted(): HttpError {
  return new HttpError(
    409,
    'home_in_use',
    say`Your earlier files of this course are being removed just now, as it was decided some time ago. Try again in a minute.`,
  )
}

function severalFound(): HttpError {
  return new HttpError(
    409,
    'several_homes',
    say`Several sets of your files were found, and no record of which is the right one. Ask your teacher for help.`,
  )
}
