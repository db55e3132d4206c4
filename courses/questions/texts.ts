/** Answers that are written: what a question takes, and what is said of all else. Pure. */
import type { PatternTime } from './pattern.ts'

interface TextForm {
  kind: 'text'
  required: boolean
  maxLength: number
  lines: boolean
  pattern?: string | undefined
}

interface NumberForm {
  kind: 'number'
  required: boolean
  fractions: boolean
  min?: number | undefined
  max?: number | undefined
}

/** Control characters, halves of characters, and signs that turn the direction of what stands behind them. */
const never = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\ufffd]/u

const number = /^-?\d{1,15}(\.\d{1,15})?$/

/** Returns a text as it is judged and kept, from a form or a link: with the line ends of Unix, and no blanks around it. */
export function tidyText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').trim()
}

/** Returns what is wrong with a text as an answer, in a sentence for its user; undefined where the question takes it. */
export function textProblem(question: TextForm | NumberForm, text: string, time: PatternTime): string | undefined {
  if (text === '') return question.required ? 'An answer is needed.' : undefined
  return question.kind === 'number' ? numberProblem(question, text) : writtenProblem(question, text, time)
}

function writtenProblem({ lines, maxLength, pattern }: TextForm, text: string, time: PatternTime): string | undefined {
  // Letters are counted one by one only where there can be few.
  const length = text.length > 2 * maxLength ? text.length : [...text].length
  if (length > maxLength) return `Write ${maxLength} characters at most. These are ${length}.`
  if (!lines && text.includes('\n')) return 'Write it in one line.'
  if (never.test(lines ? text.replaceAll(/[\n\t]/g, '') : text))
    return 'This has characters that cannot be seen. Write it anew, by hand.'
  const found = pattern === undefined ? 'matches' : time.match(pattern, text)
  if (found === 'no time')
    return 'There was no time to see whether this has the form that is asked for. Tell the people who made this course.'
  return found === 'matches' ? undefined : 'This does not have the form that is asked for.'
}

function numberProblem(
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, fractions }: NumberForm,
  text: string,
): string | undefined {
  if (!number.test(text)) return 'Write a number, in digits.'
  if (!fractions && text.includes('.')) return 'Write a whole number.'
  const value = Number(text)
  if (value >= min && value <= max) return undefined
  if (max === Number.POSITIVE_INFINITY) return `Write a number that is ${min} or more.`
  return min === Number.NEGATIVE_INFINITY
    ? `Write a number that is ${max} or less.`
    : `Write a number from ${min} to ${max}.`
}
