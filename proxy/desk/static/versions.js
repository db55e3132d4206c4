/** The list of versions: look at one, put it back, download it. */
import { askCells, askVersions, restoreVersion, versionLink } from './calls.js'
import { openAsked } from './dialog.js'
import { make } from './dom.js'
import { moment, nameOf, size } from './numbers.js'
import { openOffer } from './offer.js'
import { replaceNotebook, unseen } from './replace.js'
import { filled, words } from './texts.js'

/** Opens the list of versions of a notebook. */
export function openVersions({ path, behind }) {
  const title = filled(words.versionsTitle, nameOf(path))
  return openAsked(
    { title, wide: true },
    () => askVersions(path),
    ({ versions }, dialog) => [
      make('p', {
        textContent: versions.length === 0 ? words.noVersions : [words.versions, ...unseen()].join(' '),
      }),
      behind ? newest(path, dialog) : undefined,
      make('ul', { className: 'versions' }, ...versions.map((version) => lineOf(version, dialog))),
    ],
  )
}

function newest(path, dialog) {
  const button = make('button', { type: 'button', textContent: words.seeChanges })
  button.addEventListener('click', () => {
    dialog.close()
    openOffer({ path })
  })
  return make('p', {}, button)
}

function lineOf({ number, path, at, size: bytes }, dialog) {
  const look = make('button', { type: 'button', textContent: words.look })
  look.setAttribute('aria-label', filled(words.lookNamed, number))
  look.setAttribute('aria-expanded', 'false')
  const cells = make('div', { className: 'cells', hidden: true })
  look.addEventListener('click', async () => {
    cells.hidden = !cells.hidden
    look.setAttribute('aria-expanded', String(!cells.hidden))
    if (cells.hidden || cells.hasChildNodes()) return
    await askCells(number).then(
      (answer) => cells.replaceChildren(...answer.cells.map(({ kind, source }) => cellOf(kind, source))),
      (refusal) => cells.replaceChildren(make('p', { role: 'alert', textContent: refusal.message })),
    )
  })
  const back = make('button', { type: 'button', textContent: words.back })
  back.setAttribute('aria-label', filled(words.backNamed, number))
  back.addEventListener('click', () => {
    dialog.close()
    replaceNotebook(path, () => restoreVersion(number), filled(words.isBack, number))
  })
  const download = make('a', { href: versionLink(number), download: '', textContent: words.download })
  download.setAttribute('aria-label', filled(words.downloadNamed, number))
  const when = make(
    'span',
    {},
    make('b', { textContent: filled(words.versionNamed, number) }),
    ` · ${moment(at)} · ${size(bytes)}`,
  )
  return make('li', {}, when, make('span', { className: 'row' }, look, back, download), cells)
}

/** Returns a cell as text. */
export function cellOf(kind, source) {
  return make('pre', { className: kind === 'code' ? 'code' : '', textContent: source, tabIndex: 0 })
}
