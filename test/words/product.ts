/** The literals of the product, and what they hold. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Literal, literalsIn } from './literals.ts'

const root = join(import.meta.dirname, '../..')

/** Returns the literals of each file of the product. */
export function literalsOfProduct(): Map<string, Literal[]> {
  const product = execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)) && !/^(?:test|bench|docs|examples)\//.test(file))
  return new Map(product.map((file) => [file, literalsIn(readFileSync(join(root, file), 'utf8'))]))
}

/** Returns whether a literal is a sentence, or the rest of one: what log lines and names are not. */
export function isSentence(pieces: readonly string[]): boolean {
  const text = pieces.join('¤')
  return /^[A-Z¤“][^\n<>]* [^\n<>]*[.?!]$/.test(text) && hasWords(text)
}

export function hasWords(text: string): boolean {
  return /\p{L}/u.test(text.replace(/\{\d\}/g, ''))
}

/** Returns which values a pattern has, in order of their numbers. */
export function slotsOf(pattern: string): string {
  return [...pattern.matchAll(/\{\d\}/g)]
    .map(([slot]) => slot)
    .sort()
    .join('')
}
