// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what is removed.
const colours = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?/
const titlesAndLinks = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/
const others = /\x1b[ -/]*[0-~]?/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are what is removed.

const sequences = new RegExp([colours, titlesAndLinks, others].map(({ source }) => source).join('|'), 'g')

/**
 * Returns a text without the sequences on which a terminal would act. Pure. Each of them may lack its end, so that nothing is
 * read twice: Node's `stripVTControlCharacters` reads the rest of a text again at each title that never ends.
 */
export function withoutEscapes(text: string): string {
  return text.replace(sequences, '')
}
