// A page that says "not now" asks from time to time whether its own address says something else, and then loads anew.
const seconds = Number(document.getElementById('again').dataset.seconds)

async function look() {
  const headers = { accept: 'text/html' }
  const answer = await fetch(location.href, { method: 'HEAD', headers, redirect: 'manual' }).catch(() => undefined)
  const away = answer === undefined || answer.status === 502 || answer.status === 503
  if (away) wait()
  else location.reload()
}

// At times of its own, so that a whole class does not ask at once.
function wait() {
  setTimeout(look, seconds * 1000 * (0.5 + Math.random() / 2))
}

wait()
