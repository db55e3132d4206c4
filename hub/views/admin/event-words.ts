import type { EventKind } from '../../db/events.ts'

/** What kinds of events are about, in the order of the filter. */
export const eventAreas = {
  people: 'People coming and going',
  accounts: 'Accounts and tokens',
  notebooks: 'Notebooks',
  sharing: 'Sharing and help',
  files: 'Files that stay',
  courses: 'Courses',
  images: 'Images',
  site: 'The site',
} as const
export type EventArea = keyof typeof eventAreas

/** What an event is about, and what has happened. */
export const eventWords: Record<EventKind, { area: EventArea; text: string }> = {
  'signed-in': { area: 'people', text: 'Signed in' },
  'signed-out': { area: 'people', text: 'Signed out' },
  'sign-in-refused': { area: 'people', text: 'Sign-in refused' },
  'user-made': { area: 'accounts', text: 'User made' },
  'user-blocked': { area: 'accounts', text: 'User blocked' },
  'user-unblocked': { area: 'accounts', text: 'User unblocked' },
  'user-removal': { area: 'accounts', text: 'Removal of a user begun' },
  'user-removed': { area: 'accounts', text: 'User removed' },
  'groups-changed': { area: 'accounts', text: 'Groups changed' },
  'account-made': { area: 'accounts', text: 'Account made' },
  'account-link-made': { area: 'accounts', text: 'Link for a password made' },
  'sign-in-link-made': { area: 'accounts', text: 'Link that signs in made' },
  'account-removed': { area: 'accounts', text: 'Account removed' },
  'password-set': { area: 'accounts', text: 'Password set' },
  'token-made': { area: 'accounts', text: 'API token made' },
  'token-ended': { area: 'accounts', text: 'API token ended' },
  launched: { area: 'notebooks', text: 'Opened' },
  claimed: { area: 'notebooks', text: 'Spare taken' },
  started: { area: 'notebooks', text: 'Started' },
  failed: { area: 'notebooks', text: 'Failed' },
  'out-of-memory': { area: 'notebooks', text: 'Out of memory' },
  stopped: { area: 'notebooks', text: 'Stopped' },
  culled: { area: 'notebooks', text: 'Stopped by the culler' },
  'hook-given-up': { area: 'notebooks', text: 'Hook given up' },
  shared: { area: 'sharing', text: 'Shared' },
  unshared: { area: 'sharing', text: 'No longer shared' },
  'snapshot-made': { area: 'sharing', text: 'Shared copy made' },
  'snapshot-removed': { area: 'sharing', text: 'Shared copy removed' },
  'opened-as-staff': { area: 'sharing', text: 'Opened as staff' },
  'opened-shared': { area: 'sharing', text: 'Opened as guest' },
  'support-code-looked-up': { area: 'sharing', text: 'Support code looked up' },
  'home-made': { area: 'files', text: 'Home made' },
  'home-adopted': { area: 'files', text: 'Home adopted' },
  'home-removal': { area: 'files', text: 'Removal of a home begun' },
  'home-kept': { area: 'files', text: 'Home kept' },
  'home-removed': { area: 'files', text: 'Home removed' },
  'home-released': { area: 'files', text: 'Home released' },
  'home-exported': { area: 'files', text: 'Files exported' },
  'home-imported': { area: 'files', text: 'Files imported' },
  'home-full': { area: 'files', text: 'Home full' },
  'versions-removed': { area: 'files', text: 'Earlier versions removed' },
  'course-made': { area: 'courses', text: 'Course made' },
  'course-changed': { area: 'courses', text: 'Course changed' },
  'course-renamed': { area: 'courses', text: 'Course renamed' },
  'course-archived': { area: 'courses', text: 'Course archived' },
  'course-unarchived': { area: 'courses', text: 'Course no longer archived' },
  'course-deleted': { area: 'courses', text: 'Course deleted' },
  'course-restored': { area: 'courses', text: 'Course restored' },
  'course-gone': { area: 'courses', text: 'Course gone for good' },
  'content-pull-asked': { area: 'courses', text: 'Pull asked for' },
  'content-pulled': { area: 'courses', text: 'Content pulled' },
  'content-failed': { area: 'courses', text: 'Pull failed' },
  'git-key-set': { area: 'courses', text: 'Git key given' },
  'git-key-removed': { area: 'courses', text: 'Git key removed' },
  'git-host-confirmed': { area: 'courses', text: 'Git host confirmed' },
  'pull-hook-made': { area: 'courses', text: 'Pull hook made' },
  'pull-hook-removed': { area: 'courses', text: 'Pull hook removed' },
  'spares-drained': { area: 'courses', text: 'Spares replaced' },
  'image-changed': { area: 'images', text: 'Image changed' },
  'image-build-asked': { area: 'images', text: 'Build asked for' },
  'image-built': { area: 'images', text: 'Image built' },
  'image-build-failed': { area: 'images', text: 'Build failed' },
  'static-files-copied': { area: 'images', text: 'Static files copied' },
  'static-files-refused': { area: 'images', text: 'Static files refused' },
  'maintenance-begun': { area: 'site', text: 'Maintenance begun' },
  'maintenance-ended': { area: 'site', text: 'Maintenance ended' },
  announced: { area: 'site', text: 'Announced' },
  'announcement-removed': { area: 'site', text: 'Announcement removed' },
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
