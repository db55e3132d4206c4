// What a reader has closed of the site's and the course's announcements is not shown to her in this browser again.
const key = 'carrel-announcements-closed'
/** More than are ever told at once, so that the list does not grow for ever. */
const most = 50
let closed = readClosed()

for (const line of document.querySelectorAll('[data-announcement]')) {
  const id = line.dataset.announcement
  const button = line.querySelector('button')
  line.hidden = closed.includes(id)
  button.hidden = false
  button.addEventListener('click', () => {
    // Another tab may have closed another one.
    closed = [...readClosed(), id].slice(-most)
    try {
      localStorage.setItem(key, JSON.stringify(closed))
    } catch {
      // Closed until the page is loaded again.
    }
    line.hidden = true
    document.getElementById('main').focus({ preventScroll: true })
  })
}

function readClosed() {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept : []
  } catch {
    return []
  }
}
