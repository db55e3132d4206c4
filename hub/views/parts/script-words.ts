import { dataBlock, type Html } from '../../../net/html.ts'
import type { Language } from '../../../words/language.ts'
import { plainIn, say, type Text } from '../../../words/text.ts'

/** What stands in a text of a script for its first and second value, until the script puts these there (`hub/static/words.js`). */
const first = '{0}'
const second = '{1}'

/** The texts that scripts show, by the script that a page loads; those of a script that it imports are its own. */
const texts: Readonly<Record<string, Record<string, Text>>> = {
  'launch.js': {
    hubAway: say`The hub does not answer just now. Trying again.`,
    goesOn: say`This page goes on by itself when that is over.`,
    opening: say`Opening your notebook.`,
    chooseOtherwise: say`Choose otherwise`,
    open: say`Open my notebook`,
    manyWait: say`Many pages are waiting for this notebook. This one goes on soon.`,
    connectionLost: say`The connection was lost. Try again.`,
    noAnswer: say`The hub did not answer. Check your connection and try again.`,
    again: say`Try again`,
    startOver: say`Start over`,
    goOn: say`Go on`,
    keepsNothing: say`You are signed in, but your browser keeps no cookies for this page inside another one. Open your notebook in a new tab.`,
    signInFirst: say`Sign in to open your notebook.`,
    signIn: say`Sign in`,
    needsTls: say`Signing in inside a page needs https. Open your notebook in a new tab.`,
    noWindow: say`If a window has opened, go on there. If none has, allow pop-ups for this page and press the button again.`,
    inWindow: say`Sign in in the window that has opened. Your notebook then opens here.`,
    notFinished: say`The sign-in is not finished here. Go on in its window, or press the button to begin again.`,
    notReached: say`The sign-in did not reach this page. Press the button once more.`,
    soFar: say`${first} so far.`,
    usually: say`Usually ready in about ${first}.`,
    longer: say`This takes longer than usual, which is ${first}.`,
    second: say`a second`,
    seconds: say`${first} seconds`,
    minutes: say`${first} min ${second} s`,
  },
  'window.js': {
    goingBack: say`Going back to the page that you came from.`,
    lost: say`This window has lost the page that opened it, as some sign-in pages wish. Your notebook opens here too.`,
    noOpener: say`The page that opened this window does not answer any more. Your notebook opens here too.`,
    close: say`You can close this window.`,
    noAnswer: say`The hub did not answer. Your notebook opens here too.`,
  },
  'copy.js': {
    isCopied: say`It is copied.`,
    copied: say`Copied`,
    selected: say`It is selected. Copy it with the keyboard.`,
  },
  'job.js': {
    state: say`It ${first}.`,
  },
  'choice.js': {
    tooLarge: say`This file is too large. Choose another one.`,
  },
}

const blocks = new Map<string, Html>()

/** Returns the texts of a page's scripts for these; nothing where they have none. */
export function scriptWords(scripts: readonly string[], language: Language): Html | undefined {
  const names = scripts.filter((name) => texts[name] !== undefined)
  if (names.length === 0) return undefined
  const key = `${language} ${names.join(' ')}`
  const known = blocks.get(key)
  if (known !== undefined) return known
  const all = names.flatMap((name) => Object.entries(texts[name] ?? {}))
  const block = dataBlock('words', Object.fromEntries(all.map(([word, text]) => [word, plainIn(text, language)])))
  blocks.set(key, block)
  return block
}
