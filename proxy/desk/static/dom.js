/** Returns the part of the page with this id. */
export const part = (id) => document.getElementById(id)

/** Makes an element. What it holds are elements and texts, and a text is never read as HTML. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children.filter((child) => child !== undefined && child !== null))
  return element
}

/** Shows a text in a part of the page, or hides the part where there is none. */
export function show(id, text) {
  const element = part(id)
  element.hidden = text === undefined
  if (text !== undefined && element.textContent !== text) element.textContent = text
}

/**
 * Says something below the line, which screen readers read when they have finished what they are reading. With `again`
 * a button beside it opens the notebook anew.
 */
export function say(text, { again = false } = {}) {
  part('again').hidden = !again
  part('said').textContent = text
  part('notice').hidden = text === ''
}
