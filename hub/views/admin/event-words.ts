import { say, type Text } from '../../../words/text.ts'
import type { EventKind } from '../../db/events.ts'

/** What kinds of events are about, in the order of the filter. */
export const eventAreas = {
  people: say`People coming and going`,
  accounts: say`Accounts and tokens`,
  notebooks: say`Notebooks`,
  sharing: say`Sharing and help`,
  files: say`Files that stay`,
  courses: say`Courses`,
  images: say`Images`,
  site: say`The site`,
} as const
export type EventArea = keyof typeof eventAreas

/** What an event is about, and what has happened. */
export const eventWords: Record<EventKind, { area: EventArea; text: Text }> = {
  'signed-in': { area: 'people', text: say`Signed in` },
  'signed-out': { area: 'people', text: say`Signed out` },
  'sign-in-refused': { area: 'people', text: say`Sign-in refused` },
  'user-made': { area: 'accounts', text: say`User made` },
  'user-blocked': { area: 'accounts', text: say`User blocked` },
  'user-unblocked': { area: 'accounts', text: say`User unblocked` },
  'user-removal': { area: 'accounts', text: say`Removal of a user begun` },
  'user-removed': { area: 'accounts', text: say`User removed` },
  'groups-changed': { area: 'accounts', text: say`Groups changed` },
  'account-made': { area: 'accounts', text: say`Account made` },
  'account-link-made': { area: 'accounts', text: say`Link for a password made` },
  'sign-in-link-made': { area: 'accounts', text: say`Link that signs in made` },
  'account-removed': { area: 'accounts', text: say`Account removed` },
  'password-set': { area: 'accounts', text: say`Password set` },
  'token-made': { area: 'accounts', text: say`API token made` },
  'token-ended': { area: 'accounts', text: say`API token ended` },
  launched: { area: 'notebooks', text: say`Opened` },
  claimed: { area: 'notebooks', text: say`Spare taken` },
  started: { area: 'notebooks', text: say`Started` },
  failed: { area: 'notebooks', text: say`Failed` },
  'out-of-memory': { area: 'notebooks', text: say`Out of memory` },
  stopped: { area: 'notebooks', text: say`Stopped` },
  culled: { area: 'notebooks', text: say`Stopped by the culler` },
  'hook-given-up': { area: 'notebooks', text: say`Hook given up` },
  shared: { area: 'sharing', text: say`Shared` },
  unshared: { area: 'sharing', text: say`No longer shared` },
  'snapshot-made': { area: 'sharing', text: say`Shared copy made` },
  'snapshot-removed': { area: 'sharing', text: say`Shared copy removed` },
  'opened-as-staff': { area: 'sharing', text: say`Opened as staff` },
  'opened-shared': { area: 'sharing', text: say`Opened as guest` },
  'support-code-looked-up': { area: 'sharing', text: say`Support code looked up` },
  'home-made': { area: 'files', text: say`Home made` },
  'home-adopted': { area: 'files', text: say`Home adopted` },
  'home-removal': { area: 'files', text: say`Removal of a home begun` },
  'home-kept': { area: 'files', text: say`Home kept` },
  'home-removed': { area: 'files', text: say`Home removed` },
  'home-released': { area: 'files', text: say`Home released` },
  'home-exported': { area: 'files', text: say`Files exported` },
  'home-imported': { area: 'files', text: say`Files imported` },
  'home-full': { area: 'files', text: say`Home full` },
  'versions-removed': { area: 'files', text: say`Earlier versions removed` },
  'course-made': { area: 'courses', text: say`Course made` },
  'course-changed': { area: 'courses', text: say`Course changed` },
  'course-renamed': { area: 'courses', text: say`Course renamed` },
  'course-archived': { area: 'courses', text: say`Course archived` },
  'course-unarchived': { area: 'courses', text: say`Course no longer archived` },
  'course-deleted': { area: 'courses', text: say`Course deleted` },
  'course-restored': { area: 'courses', text: say`Course restored` },
  'course-gone': { area: 'courses', text: say`Course gone for good` },
  'content-pull-asked': { area: 'courses', text: say`Pull asked for` },
  'content-pulled': { area: 'courses', text: say`Content pulled` },
  'content-failed': { area: 'courses', text: say`Pull failed` },
  'git-key-set': { area: 'courses', text: say`Git key given` },
  'git-key-removed': { area: 'courses', text: say`Git key removed` },
  'git-host-confirmed': { area: 'courses', text: say`Git host confirmed` },
  'pull-hook-made': { area: 'courses', text: say`Pull hook made` },
  'pull-hook-removed': { area: 'courses', text: say`Pull hook removed` },
  'spares-drained': { area: 'courses', text: say`Spares replaced` },
  'image-changed': { area: 'images', text: say`Image changed` },
  'image-build-asked': { area: 'images', text: say`Build asked for` },
  'image-built': { area: 'images', text: say`Image built` },
  'image-build-failed': { area: 'images', text: say`Build failed` },
  'static-files-copied': { area: 'images', text: say`Static files copied` },
  'static-files-refused': { area: 'images', text: say`Static files refused` },
  'maintenance-begun': { area: 'site', text: say`Maintenance begun` },
  'maintenance-ended': { area: 'site', text: say`Maintenance ended` },
  announced: { area: 'site', text: say`Announced` },
  'announcement-removed': { area: 'site', text: say`Announcement removed` },
}

/** Returns the kinds of events that a word of the address means: one kind, or those of an area; undefined for all. */
export function eventKindsOf(word: string): EventKind[] | undefined {
  if (Object.hasOwn(eventWords, word)) return [word as EventKind]
  return Object.hasOwn(eventAreas, word) ? eventKindsIn(word as EventArea) : undefined
}

export function eventKindsIn(area: EventArea): EventKind[] {
  const all = Object.entries(eventWords) as [EventKind, { area: EventArea }][]
  return all.filter(([, of]) => of.area === area).map(([kind]) => kind)
}
