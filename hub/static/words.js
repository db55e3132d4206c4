// The texts of a page's scripts, in the page's language. The page brings them (`hub/views/parts/script-words.ts`).
const block = document.getElementById('words')

export const words = block === null ? {} : JSON.parse(block.textContent)

/** Returns a text with its values in their places. */
export function filled(text, ...values) {
  return text.replace(/\{(\d)\}/g, (_, index) => values[index])
}
