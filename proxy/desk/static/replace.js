/** Replaces the open notebook by another text: saves, has the hub do it, and shows the result in the editor. Typed text is never lost. */
import { say } from './dom.js'
import { isTransparent, save, showAnew, textsOf } from './program.js'
import { askNow } from './state.js'
import { words } from './texts.js'

/** Whether a replacement for which the learner has asked is under way, and the quiet one that is, if any. */
let isBusy = false
let quiet

/** Saves what is unsaved of a path. Says so and returns false where that does not succeed. */
export async function saved(path) {
  try {
    await save(path)
    return true
  } catch {
    say(words.notSaved)
    return false
  }
}

/** Returns what else is said before a notebook is replaced in a program of which nothing is known. */
export const unseen = () => (isTransparent() ? [] : [words.unseen])

/** Runs `call`, which replaces the file at `path`, and says `done` when the editor shows what it has now. */
export async function replaceNotebook(path, call, done) {
  if (isBusy) return
  isBusy = true
  say(words.oneMoment)
  try {
    await quiet?.catch(() => undefined)
    if (await saved(path)) say((await replaced(path, call)) ? done : words.typed)
  } catch (error) {
    say(error.status === undefined ? words.notShown : error.message)
  } finally {
    isBusy = false
    askNow()
  }
}

/**
 * Does the same with a notebook of which all is saved, where no one has asked for it: only what has happened to the notebook is said,
 * and all that fails is thrown. A button that is pressed meanwhile waits for it, and has the last word.
 */
export async function replaceQuietly(path, call, done) {
  if (isBusy || quiet !== undefined) return
  quiet = replaced(path, call)
  const tell = (text) => isBusy || say(text)
  try {
    tell((await quiet) ? done : words.typed)
  } catch (error) {
    if (error.status === undefined) tell(words.notShown)
    throw error
  } finally {
    quiet = undefined
    askNow()
  }
}

/** Replaces the file. Returns false where the editor has other text than before, which it keeps. */
async function replaced(path, call) {
  const texts = textsOf(path)
  const { reload } = await call()
  return !reload || showAnew(path, texts)
}
