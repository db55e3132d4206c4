/** Files that users hand in: their names, and what a question takes. Pure. */
import { bytesText } from '../amount.ts'
import type { FileQuestion } from './questions.ts'

const mostNameBytes = 100

/**
 * Returns the name under which servers find a file that a browser or a program calls so. Of a path only the last part is
 * left, and of its characters letters, digits, `.`, `_` and `-`, none of which mean anything to a shell, a path or a mount.
 */
export function soundFileName(given: string): string {
  const last = given.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const plain = last.replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '_').replace(/^[._-]+/, '')
  const ending = /\.[A-Za-z0-9]{1,16}$/.exec(plain)?.[0] ?? ''
  const stem = plain.slice(0, plain.length - ending.length)
  return (cut(stem, mostNameBytes - ending.length) || 'file') + ending
}

function cut(text: string, most: number): string {
  let kept = ''
  for (const letter of text) {
    if (Buffer.byteLength(kept + letter) > most) break
    kept += letter
  }
  return kept
}

/** Returns what is wrong with a file as an answer, in a sentence for its user; undefined where the question takes it. */
export function fileProblem(
  { accept, maxBytes }: FileQuestion,
  { name, bytes }: { name: string; bytes: number },
): string | undefined {
  if (bytes === 0) return 'This file is empty. Choose another one.'
  if (bytes > maxBytes)
    return `This file has ${bytesText(bytes)}, and ${bytesText(maxBytes)} is the most. Choose another one.`
  const isTaken = accept === undefined || accept.some((ending) => name.toLowerCase().endsWith(ending))
  return isTaken ? undefined : `Choose a file whose name ends in ${accept.join(' or ')}.`
}
