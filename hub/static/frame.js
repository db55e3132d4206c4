// In a frame, every page of the hub tells the page around it how high it is and what it is doing. docs/embedding.md is
// the contract. Only origins that may frame the page are told.
const { ancestors = '', notebookHeight = '' } = document.body.dataset
const origins = parent === window ? [] : ancestors.split(' ').flatMap(namedOrigin).filter(Boolean)

/**
 * Returns the origin itself. A pattern such as https://*.example.org is no address for a message: it is the parent's
 * origin, since the browser shows this page only in a frame of an origin that the list covers.
 */
function namedOrigin(ancestor) {
  if (!ancestor.includes('*')) return [ancestor]
  const { ancestorOrigins } = location
  if (ancestorOrigins !== undefined) return [ancestorOrigins[0]]
  return URL.canParse(document.referrer) ? [new URL(document.referrer).origin] : []
}

export function notifyParent(message) {
  for (const origin of new Set(origins)) parent.postMessage(message, origin)
}

let sent = 0
let least = 0
function notifyHeight() {
  const height = Math.max(least, Math.ceil(document.body.getBoundingClientRect().height))
  if (height !== sent) notifyParent({ carrel: 'height', height })
  sent = height
}
const observer = new ResizeObserver(notifyHeight)
if (origins.length > 0) observer.observe(document.body)

/** Has the frame be as high as the notebook from now on, so that what stands around it moves once and not again. */
export function keepHeight() {
  least = Number(notebookHeight)
  notifyHeight()
}

/**
 * Tells the page around this one that the notebook comes next. Pages of the notebook say nothing, so the height that
 * the course asks for is told in their place.
 */
export function notifyLeaving() {
  observer.disconnect()
  notifyParent({ carrel: 'state', state: 'ready' })
  notifyParent({ carrel: 'height', height: Number(notebookHeight) })
}

/** Returns what tells other frames of the page. Undefined in a frame that the browser lets keep nothing: it is alone. */
export function openChannel(name) {
  try {
    return new BroadcastChannel(name)
  } catch {
    return undefined
  }
}

/** Tells other frames of the page that ask what a course's notebook is to have that they need no answer any more. */
export function tellOtherFrames(course) {
  const channel = openChannel('carrel-launches')
  channel?.postMessage(course)
  channel?.close()
}
