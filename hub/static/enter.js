// From the launch page into the notebook, so that "Back" leads to where the learner came from: a form that a page sends takes
// the page's place in the history only while the page still loads.
import { notifyLeaving } from './frame.js'

/** A page that loads for longer looks broken. What it waits for takes a moment, or long. */
const mostMilliseconds = 3000

/** Keeps the page loading, until the returned function is called. A page that has loaded stays so. */
export function holdPage() {
  if (document.readyState === 'complete') return () => undefined
  const frame = document.createElement('iframe')
  frame.hidden = true
  document.body.append(frame)
  // A document that is opened and never closed loads for ever, and the page around it with it.
  frame.contentDocument.open()
  const letGo = () => frame.remove()
  setTimeout(letGo, mostMilliseconds)
  return letGo
}

/** Sends the ticket to the notebook's host. Does nothing, and returns false, in a page that has loaded, unless `late`. */
export function sendTicket({ action, ticket }, { late = false } = {}) {
  if (document.readyState === 'complete' && !late) return false
  const form = document.createElement('form')
  form.method = 'post'
  form.action = action
  const field = document.createElement('input')
  field.type = 'hidden'
  field.name = 'ticket'
  field.value = ticket
  form.append(field)
  document.body.append(form)
  notifyLeaving()
  form.submit()
  return true
}
