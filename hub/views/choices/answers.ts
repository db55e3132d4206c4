/** The fields of a form by which users answer the questions of a course. */

import { sizeText } from '../../../courses/amount.ts'
import { type Answers, answerText, answerTo, type GivenAnswer } from '../../../courses/questions/answers.ts'
import {
  type CourseQuestion,
  type FileQuestion,
  type Questions,
  questionTitle,
  type WrittenQuestion,
} from '../../../courses/questions/questions.ts'
import { type Html, html } from '../../../net/html.ts'
import { anyOf, forCount, type Said, say } from '../../../words/text.ts'
import { actName } from '../fragments.ts'

/** What the names of fields begin with, before the name of the question: of answers, and of boxes that take a file away. */
export const answerPrefix = 'answer-'
export const removePrefix = 'remove-'

export interface AnswerFields {
  questions: Questions
  /** What stands on the form at first. */
  answers: Answers
  /** What was wrong with the answers that were just sent, by the names of the questions. */
  problems: Readonly<Record<string, Said>>
}

/** Returns the fields, each with its problem beside it. */
export function answerFields({ questions, answers, problems }: AnswerFields): Html {
  return html`${Object.entries(questions).map(([name, question]) => {
    const field = fieldOf(name, question, problems)
    const answer = answerTo(answers, name)
    return html`<div class="question">${question.kind === 'file' ? fileField(question, answer, field) : writtenField(question, answer, field)}</div>`
  })}`
}

/** Returns the lines above the form about what was wrong, which screen readers say at once and which lead to the fields. */
export function problemList({ questions, problems }: Pick<AnswerFields, 'questions' | 'problems'>): Html | false {
  const wrong = Object.entries(questions).filter(([name]) => problems[name] !== undefined)
  if (wrong.length === 0) return false
  return html`<div class="notice" role="alert"><p>${forCount(wrong.length, say`One answer is not right yet. The others are kept.`, say`${wrong.length} answers are not right yet. The others are kept.`)}</p>
<ul>${wrong.map(([name, question]) => html`<li>${say`${html`<a href="#${answerPrefix + name}">${questionTitle(name, question)}</a>`}: ${problems[name]}`}</li>`)}</ul></div>`
}

interface Field {
  name: string
  id: string
  title: string
  problem: Said | undefined
  /** Attributes that say what describes the field, and whether it is wrong. */
  described: Html
  /** The lines before the field that describe it. */
  lines: Html
}

function fieldOf(
  name: string,
  { title, description, kind }: CourseQuestion,
  problems: AnswerFields['problems'],
): Field {
  const id = answerPrefix + name
  const problem = Object.hasOwn(problems, name) ? problems[name] : undefined
  const about = [
    ...(problem === undefined ? [] : [`${id}-problem`]),
    ...(description === undefined ? [] : [`${id}-about`]),
    ...(kind === 'file' ? [`${id}-kept`] : []),
  ].join(' ')
  return {
    ...{ name, id, problem, title: questionTitle(name, { title }) },
    described: html`${about !== '' && html` aria-describedby="${about}"`}${problem !== undefined && html` aria-invalid="true"`}`,
    lines: html`${description !== undefined && html`<p class="quiet about" id="${id}-about">${description}</p>`}
${problem !== undefined && html`<p class="about wrong" id="${id}-problem">${problem}</p>`}`,
  }
}

function labelOf({ id, title }: Field, required: boolean): Html {
  return html`<label for="${id}"><span class="title">${title}</span>${!required && html` <span class="quiet">${say`(may be left out)`}</span>`}</label>`
}

function writtenField(question: WrittenQuestion, answer: GivenAnswer | undefined, field: Field): Html {
  const { id, described, lines } = field
  const text = answer?.text ?? ''
  const shared = html`id="${id}" name="${id}"${question.required && html` required`}${described} autocomplete="off"`
  return html`${labelOf(field, question.required)}${lines}
${question.kind === 'text' && question.lines ? html`<textarea ${shared} rows="5" maxlength="${question.maxLength}">\n${text}</textarea>` : html`<input ${shared} ${formOf(question)} value="${text}">`}`
}

/** Returns what a browser may tell a user before the form is sent. The hub looks again. */
function formOf(question: WrittenQuestion): Html {
  if (question.kind === 'number') {
    const { min, max, fractions } = question
    const limits = html`${min !== undefined && html` min="${min}"`}${max !== undefined && html` max="${max}"`}`
    return html`type="number" inputmode="${fractions ? 'decimal' : 'numeric'}" step="${fractions ? 'any' : '1'}"${limits}`
  }
  const { maxLength, pattern } = question
  return html`type="text" spellcheck="false" maxlength="${maxLength}"${pattern !== undefined && html` pattern="${pattern}"`}`
}

function fileField({ required, accept, maxBytes }: FileQuestion, answer: GivenAnswer | undefined, field: Field): Html {
  const { id, name, title, described, lines } = field
  const isKept = answer?.file !== undefined
  return html`${labelOf(field, required)}${lines}
<p class="about" id="${id}-kept">${isKept && html`${say`${html`<strong>${answerText(answer)}</strong>`} is kept. Choose another file only to replace it.`} `}<span class="quiet">${accept === undefined ? say`Up to ${sizeText(maxBytes)}.` : say`Up to ${sizeText(maxBytes)}, with a name that ends in ${anyOf(accept)}.`}</span></p>
<input type="file" id="${id}" name="${id}" data-most="${maxBytes}"${accept !== undefined && html` accept="${accept.join(',')}"`}${required && !isKept && html` required`}${described}>
${isKept && !required && html`<label class="choice"><input type="checkbox" name="${removePrefix + name}" value="yes"> ${actName(say`Take this file away`, `(${title})`)}</label>`}`
}
