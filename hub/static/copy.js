// Buttons that copy a link. Without a script the link can be selected in its field.
const said = document.getElementById('copied')
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copies]')) {
    const field = document.getElementById(button.dataset.copies)
    button.hidden = false
    button.addEventListener('click', async () => {
      field.select()
      try {
        await navigator.clipboard.writeText(field.value)
        said.textContent = 'The link is copied.'
        button.textContent = 'Copied'
      } catch {
        // The link is selected, so that the person can copy it.
        said.textContent = 'The link is selected. Copy it with the keyboard.'
      }
    })
  }
}
