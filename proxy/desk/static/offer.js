/** The offer of a newer notebook: what changed, cell by cell, and the three ways to go on. */
import { askOffer, takeOffer } from './calls.js'
import { openAsked } from './dialog.js'
import { make } from './dom.js'
import { replaceNotebook, saved, unseen } from './replace.js'
import { nameOf } from './words.js'

const did = { added: 'added', removed: 'removed', changed: 'changed', moved: 'moved' }
const who = { mine: 'You have', theirs: 'The course has', both: 'You and the course have' }

/** Opens the offer about a notebook. What is unsaved is saved before, so that all of it is compared. */
export async function openOffer({ path }) {
  if (!(await saved(path))) return
  const title = `A newer version of ${nameOf(path)}`
  await openAsked(
    { title, closes: 'Decide later', wide: true },
    () => askOffer(path),
    (offer, dialog) => [
      make('p', {
        textContent: `The course has a newer version of this notebook${offer.changed ? ', and you have changed yours' : ''}. Whatever you take, what you have now is kept as a version.${unseen()}`,
      }),
      choices(path, offer, dialog),
      offer.problem === undefined ? make('h3', { textContent: 'What has changed' }) : undefined,
      make('ol', { className: 'changes' }, ...offer.changes.map(changeOf)),
      offer.problem === undefined && offer.changes.length === 0 ? make('p', { textContent: same }) : undefined,
      offer.left > 0 ? make('p', { textContent: `And ${offer.left} more cells.` }) : undefined,
    ],
  )
}

const same = 'No cell has another text. What is new is in what the file says of itself, such as its version.'

function choices(path, { mine, theirs, conflicts, problem }, dialog) {
  const take = (label, way, done, isMain) => {
    const button = make('button', { type: 'button', textContent: label, className: isMain ? 'main' : '' })
    button.addEventListener('click', () => {
      dialog.close()
      replaceNotebook(path, () => takeOffer({ path, take: way, mine, theirs }), done)
    })
    return button
  }
  const both = conflicts === 1 ? '1 cell was' : `${conflicts} cells were`
  const notes =
    conflicts > 0
      ? make('p', {
          className: 'conflict',
          textContent: `${both} changed by you and by the course. Merged, your notebook has both, with a note above them.`,
        })
      : undefined
  return make(
    'div',
    {},
    notes,
    problem && make('p', { textContent: problem }),
    make(
      'p',
      { className: 'row' },
      problem === undefined
        ? take('Merge it into mine', 'merged', 'The new version is merged into your notebook.', true)
        : '',
      take('Take the course’s', 'theirs', 'You have the course’s new version. Yours is kept as a version.'),
      take('Stay with mine', 'stay', 'You stay with your notebook. You find the new version again under “Versions”.'),
    ),
  )
}

function changeOf({ what, by, before, mine, theirs }) {
  const words =
    what === 'conflict' ? 'Both of you have changed this cell, each in another way' : `${who[by]} ${did[what]} a cell`
  const sides = [
    ['Before', what === 'moved' ? undefined : before],
    ['Yours', by === 'theirs' && what !== 'removed' ? undefined : mine],
    ['The course’s', by === 'mine' ? undefined : theirs],
  ].filter(([, source]) => source !== undefined)
  return make(
    'li',
    { className: what === 'conflict' ? 'conflict' : '' },
    make('b', { textContent: words }),
    ...sides.map(([name, source]) =>
      make('figure', {}, make('figcaption', { textContent: name }), make('pre', { textContent: source, tabIndex: 0 })),
    ),
  )
}
