/** The texts that the strip's scripts show, as the module `page-words.js` has them. */
import type { Language } from '../../words/language.ts'
import { jsonIn, say, type Text } from '../../words/text.ts'

/** What stands in a text for its first and second value, until a script puts these there (`static/texts.js`). */
const first = '{0}'
const second = '{1}'

const texts = {
  // announcements.js
  close: say`Close`,
  closeNamed: say`Close: ${first}`,
  important: say`Important:`,
  // calls.js
  away: say`Carrel does not answer at the moment. Your notebook goes on; try this again a little later.`,
  strange: say`Carrel gave an answer that this page does not understand. Save your notebook, then reload the page.`,
  // desk.js
  version: say`version ${first}`,
  saved: say`Saved`,
  unsaved: say`Not saved`,
  memory: say`Memory ${first}`,
  resetTitle: say`Take the course’s notebook again?`,
  resetWhat: say`You get ${first} as the course has it now. What you have is kept, and you find it under “Versions”.`,
  cancel: say`Cancel`,
  takeAgain: say`Take it again`,
  isCourses: say`This is the course’s notebook. Yours is kept as a version.`,
  stopped: say`Your server has stopped. What was saved is kept.`,
  stoppedUnsaved: say`Your server has stopped. What was saved is kept. Text that is not saved is still in the notebook below: copy it before you go on.`,
  // dialog.js
  oneMoment: say`One moment …`,
  // guest.js
  whose: say`${first}’s`,
  whoseTitle: say`${first}’s:`,
  // help.js
  help: say`Help`,
  helpYours: say`This notebook is yours. It is saved in your server of this course, and waits there when you come back.`,
  helpHangs: say`If it hangs, restart the kernel in its menu, or the whole server by “Restart”.`,
  helpReset: say`“Reset” gives you the course’s notebook again. What you had is kept under “Versions”.`,
  courseLabel: say`Course`,
  versionLabel: say`Version`,
  memoryLabel: say`Memory`,
  leftLabel: say`Time left`,
  left: say`${first}. Your server ${second}.`,
  ask: say`Ask: ${first}`,
  siteHelp: say`Help of this site`,
  tellCode: say`Tell a support code to those who help you, so that they find your server.`,
  showCode: say`Show my support code`,
  code: say`Your support code is ${first}. It is good until ${second}.`,
  // mirror.js
  notebook: say`Notebook`,
  // newer.js
  newest: say`You have the course’s newer version of this notebook now. What you had is kept as a version.`,
  // offer.js
  offerTitle: say`A newer version of ${first}`,
  later: say`Decide later`,
  offer: say`The course has a newer version of this notebook. Whatever you take, what you have now is kept as a version.`,
  offerChanged: say`The course has a newer version of this notebook, and you have changed yours. Whatever you take, what you have now is kept as a version.`,
  whatChanged: say`What has changed`,
  nothingChanged: say`No cell has another text. What is new is in what the file says of itself, such as its version.`,
  more: counted(say`And ${first} more cell.`, say`And ${first} more cells.`),
  conflicts: counted(
    say`${first} cell was changed by you and by the course. Merged, your notebook has both, with a note above them.`,
    say`${first} cells were changed by you and by the course. Merged, your notebook has both, with a note above them.`,
  ),
  merge: say`Merge it into mine`,
  merged: say`The new version is merged into your notebook.`,
  takeTheirs: say`Take the course’s`,
  tookTheirs: say`You have the course’s new version. Yours is kept as a version.`,
  stay: say`Stay with mine`,
  stayed: say`You stay with your notebook. You find the new version again under “Versions”.`,
  conflict: say`Both of you have changed this cell, each in another way`,
  mine: {
    added: say`You have added a cell`,
    removed: say`You have removed a cell`,
    changed: say`You have changed a cell`,
    moved: say`You have moved a cell`,
  },
  theirs: {
    added: say`The course has added a cell`,
    removed: say`The course has removed a cell`,
    changed: say`The course has changed a cell`,
    moved: say`The course has moved a cell`,
  },
  both: {
    added: say`You and the course have added a cell`,
    removed: say`You and the course have removed a cell`,
    changed: say`You and the course have changed a cell`,
    moved: say`You and the course have moved a cell`,
  },
  beforeSide: say`Before`,
  mineSide: say`Yours`,
  theirsSide: say`The course’s`,
  // reading.js
  toRead: say`To read: ${first}`,
  showNow: say`Show it now`,
  reading: say`This is to read. Your notebook is opening.`,
  readingName: say`The notebook to read`,
  // replace.js
  notSaved: say`Nothing was changed, because your notebook could not be saved first. Look whether it asks something, save it, then try again.`,
  unseen: say`Save your notebook first: this page cannot see whether it is saved, and shows it anew.`,
  typed: say`The file is replaced, but you have typed meanwhile, so the editor still has your text. To keep that too, copy it; then use “Reload from Disk” in the menu File.`,
  notShown: say`The file is replaced, but the editor does not show it yet. Use “Reload from Disk” in the menu File.`,
  // share.js
  share: say`Share it`,
  shareTitle: say`Share a copy of ${first}`,
  shareUnsaved: say`Your notebook could not be saved, so nothing is shared. Look whether it asks something.`,
  shared: say`Shared until ${first}. This is the link:`,
  shareWho: say`Anyone who has the link can read the copy, without signing in: your text, your code and its outputs, as they are now.`,
  shareStays: say`What you change later is not in it, until you share again: the link stays the same.`,
  shareUnseen: say`Save your notebook first: this page cannot see whether it is saved.`,
  staysFor: say`It stays for`,
  days: counted(say`a day`, say`${first} days`),
  year: say`a year`,
  link: say`The link`,
  copy: say`Copy`,
  copied: say`Copied.`,
  linkSelected: say`The link is selected: copy it with the keyboard.`,
  openIt: say`Open it`,
  allShared: say`All that I share`,
  // versions.js
  versionsTitle: say`Versions of ${first}`,
  noVersions: say`There are none yet. When your notebook is replaced, what you had is kept here.`,
  versions: say`What you had before your notebook was replaced. Putting one back keeps what you have now.`,
  seeChanges: say`See what the course has changed`,
  look: say`Look at it`,
  lookNamed: say`Look at it: version ${first}`,
  back: say`Put it back`,
  backNamed: say`Put it back: version ${first}`,
  isBack: say`Version ${first} is back. What you had is kept as a version.`,
  download: say`Download`,
  downloadNamed: say`Download version ${first}`,
  versionNamed: say`Version ${first}`,
  // warning.js
  warning: say`Your server ${first}.`,
  warningLast: say`Your server ${first}. Save your work, and download what you need elsewhere.`,
  inTime: say`In ${first}`,
  now: say`Now`,
  minutesShort: say`${first} min`,
  goesOn: say`Your server goes on.`,
  goesOnFor: say`Your server goes on, for ${first} at least.`,
  workSaved: say`Your work is saved, as far as the notebook says.`,
  // numbers.js
  sizes: [say`${first} bytes`, say`${first} kB`, say`${first} MB`, say`${first} GB`, say`${first} TB`],
  memoryOf: say`${first} out of ${second}`,
  seconds: counted(say`${first} second`, say`${first} seconds`),
  minutes: counted(say`${first} minute`, say`${first} minutes`),
  hours: counted(say`${first} hour`, say`${first} hours`),
}

/** Returns what a script takes for a number of things, by the rule of the page's language. */
function counted(one: Text, other: Text) {
  return { one, other }
}

/** Returns the module with the texts in a language. */
export function wordsModule(language: Language): string {
  return `export const words = ${jsonIn(texts, language)}\n`
}
