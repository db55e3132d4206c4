// Signs in from inside a frame: a window of the hub's own signs in and posts a one-time code to this page, which alone
// knows the verifier that goes with it.
import { openChannel } from './frame.js'
import { words } from './words.js'

const patienceMilliseconds = 500
let opened
let verifier
let challenge

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/**
 * Makes the verifier and its challenge. Returns false where this cannot work: without TLS a frame keeps no cookies
 * anyway.
 */
async function makeVerifier() {
  if (crypto.subtle === undefined) return false
  verifier = base64url(crypto.getRandomValues(new Uint8Array(32)))
  challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
  return true
}

/**
 * Makes `button` open the window. Resolves when this frame, or another one of the page, has got a session.
 * `showMessage` and `redeem` are the launch page's.
 */
export async function signInByWindow({ link, button, showMessage, redeem }) {
  if (!(await makeVerifier()))
    throw Object.assign(new Error(words.needsTls), {
      error: 'no_tls',
    })
  const channel = openChannel('carrel-sign-in')
  const over = new AbortController()
  const { signal } = over
  let resolve
  const done = new Promise((call) => {
    resolve = call
  })

  button.addEventListener(
    'click',
    () => {
      if (opened !== undefined && !opened.closed) return opened.focus()
      const address = `/hub/window?challenge=${challenge}&next=${encodeURIComponent(link)}`
      opened = window.open(address, '_blank', 'popup,width=560,height=720') ?? undefined
      if (opened === undefined) {
        showMessage(words.noWindow)
      } else {
        showMessage(words.inWindow)
        watch()
      }
    },
    { signal },
  )

  // A provider that cuts the window off from its opener looks just like a window that was closed.
  function watch() {
    const timer = setInterval(() => {
      if (signal.aborted) clearInterval(timer)
      if (!opened.closed) return
      clearInterval(timer)
      if (!signal.aborted) showMessage(words.notFinished)
    }, patienceMilliseconds)
  }

  addEventListener(
    'message',
    async ({ origin, source, data }) => {
      if (origin !== location.origin || source === null || source !== opened || data?.carrel !== 'code') return
      try {
        await redeem({ code: String(data.code), verifier })
        source.postMessage({ carrel: 'signed-in' }, location.origin)
        channel?.postMessage('signed-in')
        resolve()
      } catch (error) {
        showMessage(error.message || words.notReached)
      }
    },
    { signal },
  )
  channel?.addEventListener('message', () => resolve(), { signal })
  button.disabled = false
  await done
  over.abort()
  channel?.close()
}
