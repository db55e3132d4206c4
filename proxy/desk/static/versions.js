/** The list of versions: look at one, put it back, download it. */
import { askCells, askVersions, restoreVersion, versionLink } from './calls.js'
import { openAsked } from './dialog.js'
import { make } from './dom.js'
import { openOffer } from './offer.js'
import { replaceNotebook, unseen } from './replace.js'
import { moment, nameOf, size } from './words.js'

/** Opens the list of versions of a notebook. */
export function openVersions({ path, behind }) {
  const title = `Versions of ${nameOf(path)}`
  return openAsked(
    { title, wide: true },
    () => askVersions(path),
    ({ versions }, dialog) => [
      make('p', {
        textContent:
          versions.length === 0
            ? 'There are none yet. When your notebook is replaced, what you had is kept here.'
            : `What you had before your notebook was replaced. Putting one back keeps what you have now.${unseen()}`,
      }),
      behind ? newest(path, dialog) : undefined,
      make('ul', { className: 'versions' }, ...versions.map((version) => lineOf(version, dialog))),
    ],
  )
}

function newest(path, dialog) {
  const button = make('button', { type: 'button', textContent: 'See what the course has changed' })
  button.addEventListener('click', () => {
    dialog.close()
    openOffer({ path })
  })
  return make('p', {}, button)
}

function lineOf({ number, path, at, size: bytes }, dialog) {
  const name = `version ${number}`
  const look = make('button', { type: 'button', textContent: 'Look at it' })
  look.setAttribute('aria-label', `Look at it: ${name}`)
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
  const back = make('button', { type: 'button', textContent: 'Put it back' })
  back.setAttribute('aria-label', `Put it back: ${name}`)
  back.addEventListener('click', () => {
    dialog.close()
    replaceNotebook(path, () => restoreVersion(number), `Version ${number} is back. What you had is kept as a version.`)
  })
  const download = make('a', { href: versionLink(number), download: '', textContent: 'Download' })
  download.setAttribute('aria-label', `Download ${name}`)
  const when = make('span', {}, make('b', { textContent: `Version ${number}` }), ` · ${moment(at)} · ${size(bytes)}`)
  return make('li', {}, when, make('span', { className: 'row' }, look, back, download), cells)
}

/** Returns a cell as text. */
export function cellOf(kind, source) {
  return make('pre', { className: kind === 'code' ? 'code' : '', textContent: source, tabIndex: 0 })
}
