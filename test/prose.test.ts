import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const documents = files.filter((file) => file.endsWith('.md'))
const code = files.filter((file) => /\.(ts|js|cjs)$/.test(file))

/**
 * How a sentence must not begin: with a subject that names no one, or with a reference to another comment.
 * CONTRIBUTING.md says how it should begin: with what a thing is, returns or does.
 */
const marks = [
  /^(?:[Nn]obody|[Ss]omebody|[Nn]o one|[Ss]omeone)\b/,
  /\bwho(?:m|so)?ever\b/i,
  /^Who(?:m|se)?\b[^?]*\.$/,
  /^[Tt]he same(?:$|[.,:;]| as (?:above|before)\b| again\b| for\b| with\b| without\b)/,
  /^(?:As|Like) (?:above|before)\b/,
  /^(?:Twice is|Together they|Absent:|Undefined:|Ditto)/,
]

/** How a comment must not begin: with a pronoun, since nothing stands before it that the pronoun could mean. */
const pronouns = /^(?:It|Its|They|Them|Their|These|Those|So many|So much)\b/

describe('prose', () => {
  it('has plain subjects in all documents', () => {
    const found = documents.flatMap((file) => dialectIn(file, sentencesOfMarkdown(read(file))))
    assert.deepEqual(found, [])
  })

  it('has no line in a document that is too long to be read, such as a row of a table with too much in a cell', () => {
    const long = documents.flatMap((file) => {
      const lines = read(file).split('\n')
      return lines.filter((line) => line.length > 400).map((line) => `${file}: ${line.slice(0, 80)} …`)
    })
    assert.deepEqual(long, [])
  })

  it('has plain subjects in all comments of code', () => {
    const found = code.flatMap((file) => dialectOfComments(file, read(file)))
    assert.deepEqual(found, [])
  })

  describe('its checks', () => {
    it('read sentences of paragraphs, lists and tables, and no code', () => {
      const text = `
# A heading

The first sentence. The second one
goes on: \`code.ts\` is in it, e.g. here; this is its end.

- **In bold.** After it.
- An item

| a head | x |
|---|---|
| a cell. Another | last |

\`\`\`
Nobody reads this.
\`\`\`
`
      assert.deepEqual(sentencesOfMarkdown(text), [
        'A heading',
        'The first sentence.',
        'The second one goes on:',
        '`code.ts` is in it, e.g. here;',
        'this is its end.',
        'In bold.',
        'After it.',
        'An item',
        'a head',
        'x',
        'a cell.',
        'Another',
        'last',
      ])
    })

    it('read comments of every form, and no code', () => {
      const text = `
/** One line. */
const a = 'http://example.org' // After code.
/*
 * A first sentence that
 * goes on. A second one.
 */
  // Two lines
  // of one comment.
const glob = 'test/**/*.test.ts'
/** A parameter.
 * - an item */
`
      assert.deepEqual(sentencesOfComments(text).sort(), [
        'A first sentence that goes on.',
        'A parameter.',
        'A second one.',
        'After code.',
        'One line.',
        'Two lines of one comment.',
        'an item',
      ])
    })

    it('find a comment that begins with a pronoun, and no other sentence that does', () => {
      const text = '/** It ends. */\n/** A run. It ends. */\n// Those that live.\n'
      assert.deepEqual(dialectOfComments('x', text), ['x: It ends.', 'x: Those that live.'])
    })

    it('find each mark of the dialect, and no plain sentence', () => {
      const found = [
        'Whoever deletes it has it.',
        'Nobody waits.',
        'It ends the seats of whoever signs out.',
        'The same, or 401.',
        'The same for a guest.',
        'Who may enter.',
        'Twice is once.',
        'A pause; nobody waits.',
      ]
      const plain = [
        'The same key signs both.',
        'Who may enter?',
        'A server that nobody uses.',
        'The test “is whoever connects” is named.',
        'Once a minute is enough for a clock.',
      ]
      for (const text of found) assert.equal(dialectIn('x', sentencesOfMarkdown(text)).length, 1, text)
      for (const text of plain) assert.deepEqual(dialectIn('x', sentencesOfMarkdown(text)), [], text)
    })
  })
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The sentences that begin with a mark of the dialect, each with its file. */
function dialectIn(file: string, sentences: string[]): string[] {
  const found = sentences.filter((sentence) => marks.some((mark) => mark.test(sentence)))
  return found.map((sentence) => `${file}: ${sentence}`)
}

function dialectOfComments(file: string, text: string): string[] {
  const openings = commentsIn(text).filter((comment) => pronouns.test(comment))
  return [...dialectIn(file, sentencesOfComments(text)), ...openings.map((comment) => `${file}: ${comment}`)]
}

/** A sentence ends at its mark, and also at a colon or semicolon: what follows one needs a subject of its own. */
function sentencesIn(text: string): string[] {
  const parts = text.replaceAll(/\s+/g, ' ').split(/(?<=(?<!\be\.g|\bi\.e)[.!?:;][”")]?) /)
  return parts.map((part) => part.trim()).filter((part) => /\w/.test(part))
}

function sentencesOfMarkdown(text: string): string[] {
  const plain = text
    .replaceAll(/^```[\s\S]*?^```/gm, '\n')
    .replaceAll('**', '')
    .replaceAll(/“[^”]*”/g, '“…”')
  const blocks = plain.split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) |\||#)/)
  const parts = blocks.flatMap((block) => (/^\s*\|/.test(block) ? block.split(/(?<!\\)\|/) : [block]))
  return parts.flatMap((part) => sentencesIn(part.replace(/^\s*(?:[-*]|\d+\.|#+) /, '')))
}

function sentencesOfComments(text: string): string[] {
  const parts = commentsIn(text).flatMap((comment) => comment.split(/\n\s*\n|\n(?=\s*- )/))
  return parts.flatMap((part) => sentencesIn(part.replace(/^\s*- /, '')))
}

/** The text of each comment; line comments below each other are one. */
function commentsIn(text: string): string[] {
  const blocks = (text.match(/(?<=^|\s)\/\*[\s\S]*?\*\//gm) ?? []).map((block) =>
    block.replaceAll(/^\s*\/\*\*?|\*\/$|^\s*\*(?!\/)/gm, ''),
  )
  const lines = text.match(/^(?:\s*\/\/ .*\n)+|(?<=\S\s+)\/\/ .*$/gm) ?? []
  return [...blocks, ...lines.map((line) => line.replaceAll(/^\s*\/\/ /gm, ''))].map((comment) => comment.trim())
}
