// The page of a build or a pull: adds what it prints, and loads anew when it has ended.
import { filled, words } from './words.js'

const log = document.getElementById('log')
const state = document.getElementById('state')
const bar = document.getElementById('progress')
const { events: address } = log.dataset

const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40

function add(text) {
  if (text === '') return
  const follows = isAtEnd()
  log.append(text)
  log.hidden = false
  // A person who has scrolled up reads there.
  if (follows) log.scrollTop = log.scrollHeight
}

function follow() {
  const events = new EventSource(address)
  events.onmessage = ({ data, lastEventId }) => {
    const { message, percent, status } = JSON.parse(data)
    if (lastEventId.endsWith('.end')) {
      events.close()
      // Without what the address says of the button that began it.
      location.replace(location.pathname)
      return
    }
    add(message)
    bar.value = percent
    const text = filled(words.state, status)
    // A screen reader reads what changes, and only that.
    if (state.textContent !== text) state.textContent = text
  }
  // The browser connects again by itself after a broken connection, but not after an answer that is no stream.
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000)
  }
}

log.scrollTop = log.scrollHeight
if (address) follow()
