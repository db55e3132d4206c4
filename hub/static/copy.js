// Buttons that copy a text. Without a script the text can be selected in its field.
import { words } from './words.js'

const said = document.getElementById('copied')
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copies]')) {
    const field = document.getElementById(button.dataset.copies)
    button.hidden = false
    button.addEventListener('click', async () => {
      field.select()
      try {
        await navigator.clipboard.writeText(field.value)
        said.textContent = words.isCopied
        // The name for screen readers goes on to say what it copies.
        button.firstChild.textContent = words.copied
      } catch {
        // The text is selected, so that the person can copy it.
        said.textContent = words.selected
      }
    })
  }
}
