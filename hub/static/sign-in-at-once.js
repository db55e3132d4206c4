// Presses the only button of the sign-in page, and says to the hub that no person did. The hub decides whether that
// counts: it does not after a sign-out, and only once in a minute.
const form = document.getElementById('only-way')

// Of several tabs that open at once, the first one goes on. Each would get a session of its own, of which a browser keeps
// one. Only a cookie is read and written at once in all tabs. When this page goes, those of the hub are there.
const mark = 'carrel-going-on=1'

function keepMark(seconds) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = `${mark}; Max-Age=${seconds}; Path=/hub; SameSite=Lax${secure}`
}

function goOn() {
  if (document.cookie.includes(mark)) return
  keepMark(10)
  addEventListener('pagehide', () => keepMark(0))
  const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'automatic', value: 'true' })
  form.append(field)
  form.submit()
}

// A page that a browser only prepares is not opened yet. In a frame no provider shows its pages.
if (window === window.top && form !== null) {
  if (document.prerendering) document.addEventListener('prerenderingchange', goOn, { once: true })
  else goOn()
}
