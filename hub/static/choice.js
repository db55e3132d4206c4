// The form on which a learner chooses what a notebook has. A page may hold several frames with the same form: as soon as one
// of them has been answered, the others go on with their links.
const { course, link, asks } = document.getElementById('choices').dataset

if (window !== window.top && asks === 'true') {
  new BroadcastChannel('carrel-launches').addEventListener('message', ({ data }) => {
    if (data === course) location.replace(link)
  })
}
