// Shows the question before something is taken away in a dialog on the page where one is. The question is the one of its own
// page, to which the link leads where this fails, and without script. The dialog's button is that page's form: a person presses it.
const dialog = Object.assign(document.createElement('dialog'), { className: 'question-dialog' })
dialog.setAttribute('aria-labelledby', 'question-title')
let isAsking = false

async function ask(link) {
  const response = await fetch(link.href, { headers: { accept: 'text/html' } })
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const question = page.getElementById('question')
  // What was to be asked about may have gone meanwhile, which the page says that came in place of the question.
  if (!response.ok || question === null) return location.assign(response.redirected ? response.url : link.href)
  const title = Object.assign(document.createElement('h2'), { id: 'question-title' })
  title.textContent = page.querySelector('h1').textContent
  dialog.replaceChildren(title, ...question.children)
  dialog.querySelector('.row > a').addEventListener('click', (event) => {
    event.preventDefault()
    dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
}

addEventListener('click', (event) => {
  const link = event.target.closest('a[data-asks]')
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (link === null || !isPlain) return
  event.preventDefault()
  if (isAsking || dialog.open) return
  isAsking = true
  ask(link)
    .catch(() => location.assign(link.href))
    .finally(() => (isAsking = false))
})
