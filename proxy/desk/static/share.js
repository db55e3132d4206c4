/** Shares a copy of the notebook to read: says who will be able to read it, has it made, and shows the link. */
import { shareCopy } from './calls.js'
import { openDialog } from './dialog.js'
import { make } from './dom.js'
import { isFramed } from './place.js'
import { isTransparent, save } from './program.js'
import { moment, nameOf } from './words.js'

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
  const button = make('button', { type: 'button', className: 'main', textContent: 'Share it' })
  let isBusy = false
  button.addEventListener('click', async () => {
    if (isBusy) return
    isBusy = true
    said.textContent = 'One moment …'
    try {
      await save(path).catch(() => {
        throw new Error('Your notebook could not be saved, so nothing is shared. Look whether it asks something.')
      })
      const copy = await shareCopy(path, Number(choice.value))
      said.textContent = `Shared until ${moment(copy.until)}. This is the link:`
      link.replaceChildren(...linkParts(copy))
      link.querySelector('input').select()
    } catch (refusal) {
      said.textContent = refusal.message
    } finally {
      isBusy = false
    }
  })
  openDialog({
    title: `Share a copy of ${nameOf(path)}`,
    content: [
      make('p', {
        textContent:
          'Anyone who has the link can read the copy, without signing in: your text, your code and its outputs, as they are now.',
      }),
      make('p', {
        textContent: `What you change later is not in it, until you share again: the link stays the same.${isTransparent() ? '' : ' Save your notebook first: this page cannot see whether it is saved.'}`,
      }),
      make(
        'p',
        { className: 'row' },
        make('label', { htmlFor: 'share-days', textContent: 'It stays for' }),
        choice,
        button,
      ),
      said,
      link,
    ],
  })
}

const inDays = (days) => (days === 1 ? 'a day' : days === 365 ? 'a year' : `${days} days`)

function linkParts({ url, list }) {
  const field = make('input', { readOnly: true, value: url })
  field.setAttribute('aria-label', 'The link')
  const copy = make('button', { type: 'button', textContent: 'Copy' })
  const copied = make('span', { role: 'status' })
  copy.addEventListener('click', async () => {
    field.select()
    try {
      await navigator.clipboard.writeText(url)
      copied.textContent = 'Copied.'
    } catch {
      copied.textContent = 'The link is selected: copy it with the keyboard.'
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
      open(url, 'Open it', '_blank'),
      open(list, 'All that I share', isFramed ? '_self' : '_blank'),
      copied,
    ),
  ]
}
