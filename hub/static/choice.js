// The form on which a learner chooses what a notebook has. A page may hold several frames with the same form: as soon as one
// of them has been answered, the others go on with their links.
import { openChannel } from './frame.js'
import { words } from './words.js'

const { course, link, asks } = document.getElementById('choices').dataset

if (window !== window.top && asks === 'true') {
  openChannel('carrel-launches')?.addEventListener('message', ({ data }) => {
    if (data === course) location.replace(link)
  })
}

// A file that is too large is refused here, before it is sent. The hub looks at what it gets all the same.
for (const input of document.querySelectorAll('input[type=file]')) {
  input.addEventListener('change', () => {
    const most = Number(input.dataset.most)
    const isTooLarge = [...input.files].some(({ size }) => size > most)
    input.setCustomValidity(isTooLarge ? words.tooLarge : '')
    input.reportValidity()
  })
}
