/** The JSON of an ipynb, read within limits and without trust. */
import { notebookLimits, type UnreadableNotebook } from '../notebook.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Returns the file of a notebook, an object; its parts may still be anything. */
export function ipynbOf(text: string): { file: JsonObject } | UnreadableNotebook {
  if (isTooDeep(text)) return { problem: `its JSON is nested more than ${notebookLimits.nesting} times` }
  try {
    const file: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text)
    if (isObject(file)) return { file }
  } catch {}
  return { problem: 'it is no JSON of a notebook' }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Counts brackets outside of strings before the text is parsed, so that nothing that walks its values goes too deep. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isText) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) isText = false
    } else if (code === 0x22) isText = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > notebookLimits.nesting) return true
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return false
}
