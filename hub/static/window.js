// Runs in the window that a frame opened to sign in. It hands a one-time code to that frame, which must be a page of
// ours.
import { words } from './words.js'

const message = document.getElementById('message')
const goOn = document.getElementById('go-on')
const { challenge } = document.getElementById('window').dataset
const patienceMilliseconds = 10_000

async function handOver() {
  goOn.hidden = true
  message.textContent = words.goingBack
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
  stay(words.lost)
} else {
  const waiting = setTimeout(() => {
    stay(words.noOpener)
  }, patienceMilliseconds)
  addEventListener('message', ({ origin, source, data }) => {
    if (origin !== location.origin || source !== window.opener || data?.carrel !== 'signed-in') return
    clearTimeout(waiting)
    message.textContent = words.close
    window.close()
  })
  handOver().catch(() => {
    clearTimeout(waiting)
    stay(words.noAnswer)
  })
}
