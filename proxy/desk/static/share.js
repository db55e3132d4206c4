/** Shares a copy of the notebook to read: says who will be able to read it, has it made, and shows the link. */
import { shareCopy } from './calls.js'
import { openDialog } from './dialog.js'
import { make } from './dom.js'
import { moment, nameOf } from './numbers.js'
import { isFramed } from './place.js'
import { isTransparent, save } from './program.js'
import { counted, filled, words } from './texts.js'

/** Returns whether a file may be shared: those that Jupyter takes for notebooks. The hub looks whether it is one. */
export const isShareable = (path) => /\.(ipynb|md|py)$/.test(path ?? '')

export function openShare(path, { days, mostDays }) {
  const lengths = [...new Set([1, 7, 30, 90, 365, days])].filter((one) => one <= mostDays).sort((a, b) => a - b)
  const choice = make(
    'select',
    { id: 'share-days' },
    ...lengths.map((one) => make('option', { value: one, textContent: inDays(one), selected: one === days })),
  )
  const said = make('p', { role: 'status' })
  const link = make('div', { className: 'link' })
  const button = make('button', { type: 'button', className: 'main', textContent: words.share })
  let isBusy = false
  button.addEventListener('click', async () => {
    if (isBusy) return
    isBusy = true
    said.textContent = words.oneMoment
    try {
      await save(path).catch(() => {
        throw new Error(words.shareUnsaved)
      })
      const copy = await shareCopy(path, Number(choice.value))
      said.textContent = filled(words.shared, moment(copy.until))
      link.replaceChildren(...linkParts(copy))
      link.querySelector('input').select()
    } catch (refusal) {
      said.textContent = refusal.message
    } finally {
      isBusy = false
    }
  })
  openDialog({
    title: filled(words.shareTitle, nameOf(path)),
    content: [
      make('p', { textContent: words.shareWho }),
      make('p', { textContent: [words.shareStays, ...(isTransparent() ? [] : [words.shareUnseen])].join(' ') }),
      make(
        'p',
        { className: 'row' },
        make('label', { htmlFor: 'share-days', textContent: words.staysFor }),
        choice,
        button,
      ),
      said,
      link,
    ],
  })
}

const inDays = (days) => (days === 365 ? words.year : counted(words.days, days))

function linkParts({ url, list }) {
  const field = make('input', { readOnly: true, value: url })
  field.setAttribute('aria-label', words.link)
  const copy = make('button', { type: 'button', textContent: words.copy })
  const copied = make('span', { role: 'status' })
  copy.addEventListener('click', async () => {
    field.select()
    try {
      await navigator.clipboard.writeText(url)
      copied.textContent = words.copied
    } catch {
      copied.textContent = words.linkSelected
    }
  })
  // In a page of an LMS only this frame knows who the learner is.
  const open = (href, textContent, target) => make('a', { href, textContent, target, rel: 'noopener' })
  return [
    field,
    make(
      'p',
      { className: 'row' },
      copy,
      open(url, words.openIt, '_blank'),
      open(list, words.allShared, isFramed ? '_self' : '_blank'),
      copied,
    ),
  ]
}
