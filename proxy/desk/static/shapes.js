/** Small readers of JSON: each returns what it was given if that is what it should be, and throws otherwise. */
const wrong = () => {
  throw new TypeError('not what was expected')
}

export const text = (value) => (typeof value === 'string' ? value : wrong())
export const link = (value) => (/^https?:\/\//.test(text(value)) ? value : wrong())
/** Where a link to those who help may lead. */
export const contactLink = (value) => (/^(?:https?:\/\/|mailto:)/.test(text(value)) ? value : wrong())
export const number = (value) => (Number.isFinite(value) ? value : wrong())
export const time = (value) => (typeof value === 'string' ? value : number(value))
export const flag = (value) => (typeof value === 'boolean' ? value : wrong())
export const oneOf =
  (...words) =>
  (value) =>
    words.includes(value) ? value : wrong()
export const orNothing = (read) => (value) => (value === null || value === undefined ? undefined : read(value))
export const listOf = (read) => (value) => (Array.isArray(value) ? value.map(read) : wrong())
/** Reads the named parts of an object, and drops all others. */
export const object = (parts) => (value) => {
  if (typeof value !== 'object' || value === null) wrong()
  return Object.fromEntries(Object.entries(parts).map(([name, read]) => [name, read(value[name])]))
}
