/** The offer of a newer notebook: what changed, cell by cell, and the three ways to go on. */
import { askOffer, takeOffer } from './calls.js'
import { openAsked } from './dialog.js'
import { make } from './dom.js'
import { nameOf } from './numbers.js'
import { replaceNotebook, saved, unseen } from './replace.js'
import { counted, filled, words } from './texts.js'

/** Opens the offer about a notebook. What is unsaved is saved before, so that all of it is compared. */
export async function openOffer({ path }) {
  if (!(await saved(path))) return
  const title = filled(words.offerTitle, nameOf(path))
  await openAsked(
    { title, closes: words.later, wide: true },
    () => askOffer(path),
    (offer, dialog) => [
      make('p', { textContent: [offer.changed ? words.offerChanged : words.offer, ...unseen()].join(' ') }),
      choices(path, offer, dialog),
      offer.problem === undefined ? make('h3', { textContent: words.whatChanged }) : undefined,
      make('ol', { className: 'changes' }, ...offer.changes.map(changeOf)),
      offer.problem === undefined && offer.changes.length === 0
        ? make('p', { textContent: words.nothingChanged })
        : undefined,
      offer.left > 0 ? make('p', { textContent: counted(words.more, offer.left) }) : undefined,
    ],
  )
}

function choices(path, { mine, theirs, conflicts, problem }, dialog) {
  const take = (label, way, done, isMain) => {
    const button = make('button', { type: 'button', textContent: label, className: isMain ? 'main' : '' })
    button.addEventListener('click', () => {
      dialog.close()
      replaceNotebook(path, () => takeOffer({ path, take: way, mine, theirs }), done)
    })
    return button
  }
  const notes =
    conflicts > 0 ? make('p', { className: 'conflict', textContent: counted(words.conflicts, conflicts) }) : undefined
  return make(
    'div',
    {},
    notes,
    problem && make('p', { textContent: problem }),
    make(
      'p',
      { className: 'row' },
      problem === undefined ? take(words.merge, 'merged', words.merged, true) : '',
      take(words.takeTheirs, 'theirs', words.tookTheirs),
      take(words.stay, 'stay', words.stayed),
    ),
  )
}

function changeOf({ what, by, before, mine, theirs }) {
  const done = what === 'conflict' ? words.conflict : words[by][what]
  const sides = [
    [words.beforeSide, what === 'moved' ? undefined : before],
    [words.mineSide, by === 'theirs' && what !== 'removed' ? undefined : mine],
    [words.theirsSide, by === 'mine' ? undefined : theirs],
  ].filter(([, source]) => source !== undefined)
  return make(
    'li',
    { className: what === 'conflict' ? 'conflict' : '' },
    make('b', { textContent: done }),
    ...sides.map(([name, source]) =>
      make('figure', {}, make('figcaption', { textContent: name }), make('pre', { textContent: source, tabIndex: 0 })),
    ),
  )
}
