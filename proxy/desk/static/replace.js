/** Replaces the open notebook by another text: saves, has the hub do it, and shows the result in the editor. Typed text is never lost. */
import { say } from './dom.js'
import { isTransparent, save, showAnew, textsOf } from './program.js'
import { askNow } from './state.js'

let isBusy = false

/** Saves what is unsaved of a path. Says so and returns false where that does not succeed. */
export async function saved(path) {
  try {
    await save(path)
    return true
  } catch {
    say(
      'Nothing was changed, because your notebook could not be saved first. Look whether it asks something, save it, then try again.',
    )
    return false
  }
}

/** Words for questions before a notebook is replaced in a program of which nothing is known. */
export const unseen = () =>
  isTransparent() ? '' : ' Save your notebook first: this page cannot see whether it is saved, and shows it anew.'

/**
 * Runs `call`, which replaces the file at `path`, and says `done` when the editor shows what it has now. What no one has asked
 * for is quiet: nothing is said while it goes on, and a refusal is thrown.
 */
export async function replaceNotebook(path, call, done, { isQuiet = false } = {}) {
  if (isBusy) return
  isBusy = true
  if (!isQuiet) say('One moment …')
  try {
    if (!(await saved(path))) return
    const texts = textsOf(path)
    const { reload } = await call()
    const isShown = !reload || (await showAnew(path, texts))
    say(isShown ? done : typed)
  } catch (error) {
    if (isQuiet && error.status !== undefined) throw error
    say(error.status === undefined ? notShown : error.message)
  } finally {
    isBusy = false
    askNow()
  }
}

const typed =
  'The file is replaced, but you have typed meanwhile, so the editor still has your text. To keep that too, copy it; then use “Reload from Disk” in the menu File.'
const notShown = 'The file is replaced, but the editor does not show it yet. Use “Reload from Disk” in the menu File.'
