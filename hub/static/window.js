// Runs in the window that a frame opened to sign in. It hands a one-time code to that frame, which must be a page of
// ours.
const message = document.getElementById('message')
const goOn = document.getElementById('go-on')
const { challenge } = document.getElementById('window').dataset
const patienceMilliseconds = 10_000

async function handOver() {
  goOn.hidden = true
  message.textContent = 'Going back to the page that you came from.'
  const response = await fetch('/hub/window/code', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ challenge }),
  })
  const { code, message: problem } = await response.json()
  if (!response.ok) throw new Error(problem)
  window.opener.postMessage({ carrel: 'code', code }, location.origin)
}

function stay(why) {
  message.textContent = why
  goOn.hidden = false
}

if (window.opener === null) {
  stay('This window has lost the page that opened it, as some sign-in pages wish. Your notebook opens here too.')
} else {
  const waiting = setTimeout(() => {
    stay('The page that opened this window does not answer any more. Your notebook opens here too.')
  }, patienceMilliseconds)
  addEventListener('message', ({ origin, source, data }) => {
    if (origin !== location.origin || source !== window.opener || data?.carrel !== 'signed-in') return
    clearTimeout(waiting)
    message.textContent = 'You can close this window.'
    window.close()
  })
  handOver().catch(() => {
    clearTimeout(waiting)
    stay('The hub did not answer. Your notebook opens here too.')
  })
}
