/** Dialogs: the keyboard stays in one while it is open, and goes back to the button that opened it. */
import { make, part } from './dom.js'
import { words } from './texts.js'

/**
 * Opens a dialog and returns it, with `body`, the part that may be filled later. `actions` are buttons: their words, and
 * what they do. An action closes the dialog first, unless it says `stays`.
 */
export function openDialog({ title, content = [], actions = [], closes = words.close, wide = false }) {
  const opener = document.activeElement
  const heading = make('h2', { id: 'dialog-title', textContent: title })
  const body = make('div', { className: 'body' }, ...content)
  const close = make('button', { type: 'button', textContent: closes })
  const dialog = make('dialog', { className: wide ? 'wide' : '' }, heading, body)
  const buttons = actions.map(({ label, act, isMain }) => {
    const button = make('button', { type: 'button', textContent: label, className: isMain ? 'main' : '' })
    button.addEventListener('click', () => {
      dialog.close()
      act()
    })
    return button
  })
  dialog.append(make('p', { className: 'row' }, ...buttons, close))
  dialog.setAttribute('aria-labelledby', 'dialog-title')
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => {
    dialog.remove()
    const target = opener?.checkVisibility?.() ? opener : part('menu')
    target.focus()
  })
  document.body.append(dialog)
  dialog.showModal()
  return { dialog, body }
}

/** Opens a dialog whose content comes from a call. Shows why where there is none. */
export async function openAsked(dialog, ask, fill) {
  const { dialog: element, body } = openDialog({
    ...dialog,
    content: [make('p', { role: 'status', textContent: words.oneMoment })],
  })
  try {
    const answer = await ask()
    if (element.open) body.replaceChildren(...fill(answer, element).filter((child) => child !== undefined))
  } catch (refusal) {
    body.replaceChildren(make('p', { role: 'alert', textContent: refusal.message }))
  }
}
