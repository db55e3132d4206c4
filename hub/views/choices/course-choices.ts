import type Koa from 'koa'
import {
  type Alternative,
  alternativeTitle,
  type Choices,
  type Chosen,
  choiceTitle,
  chosenText,
} from '../../../courses/choices.ts'
import type { Answers } from '../../../courses/questions/answers.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say, type Text } from '../../../words/text.ts'
import type { Server } from '../../db/servers/servers.ts'
import { restartLoss } from '../files.ts'
import { titleOf } from '../format.ts'
import { sendPage } from '../page.ts'
import { answerFields, problemList } from './answers.ts'
import { type ChoicePage, openForm, stopForm } from './choice.ts'

/** What the names of the form's fields begin with, before the name of the choice. */
export const fieldPrefix = 'choice-'

export interface ChoicesPage extends ChoicePage {
  /** Whether the link waits for an answer. Otherwise the user has come here to choose anew. */
  asks: boolean
  open: {
    offered: Choices
    /** What is chosen on the form at first. */
    chosen: Chosen
    /** What the user had chosen before, and cannot have any more. */
    lost: Chosen
    /** What stands on the form at first as answers to the course's questions. */
    answers: Answers
  }
  /** What was wrong with answers that were just sent, by the names of the questions. */
  problems?: Readonly<Record<string, Said>> | undefined
}

/** Sends the form on which a user chooses what servers of the course have, and answers the course's questions. */
export function sendChoicesPage(ctx: Koa.Context, page: ChoicesPage): void {
  const { course, link, ancestors, framed, open, asks, problems = {} } = page
  const { offered, chosen, lost, answers } = open
  const { questions } = course
  const asksQuestions = Object.keys(questions).length > 0
  // A form with files is read by another part of the hub, whatever is in it.
  const to = asksQuestions
    ? html` action="/hub/choice/answers" enctype="multipart/form-data"`
    : html` action="/hub/choice"`
  sendPage(ctx, {
    title: titleOf(course),
    ancestors,
    scripts: ['choice.js'],
    body: html`${problemList({ questions, problems })}
<p>${introduction(asksQuestions, asks)}</p>
${Object.keys(lost).length > 0 && html`<p role="status">${lostText(chosenText(course, lost))}</p>`}
<form method="post"${to} id="choices" data-course="${course.id}" data-link="${link}" data-asks="${String(asks)}"><input type="hidden" name="link" value="${link}">
${asksQuestions && html`<input type="hidden" name="asks" value="${String(asks)}">`}
${Object.entries(offered).map(([choice, all]) => fieldset(choice, all, chosen[choice]))}
${answerFields({ questions, answers, problems })}
<div class="row"><button>${say`Open my notebook`}</button></div></form>
<p class="quiet">${framed ? say`You can change it whenever your notebook starts.` : say`You can change it later on ${html`<a href="/hub/home">${say`your list of notebooks`}</a>`}.`}</p>`,
  })
}

function introduction(asksQuestions: boolean, asks: boolean): Text {
  if (asksQuestions)
    return asks
      ? say`Say what your notebook has. You are asked only once: your answers are kept for the next time.`
      : say`Say what your notebook has. Your answers are kept for the next time.`
  return asks
    ? say`Choose what your notebook has. You are asked only once: your choice is kept for the next time.`
    : say`Choose what your notebook has. Your choice is kept for the next time.`
}

/** A choice of one is shown too, so that a learner sees all that the notebook has. */
function fieldset(choice: string, all: Alternative[], chosen: string | undefined): Html {
  return html`<fieldset class="alternatives"><legend>${choiceTitle(choice)}</legend>
${all.map((one) => {
  const id = `${choice}-${one.name}`
  return html`<label><input type="radio" name="${fieldPrefix + choice}" value="${one.name}"${one.name === chosen && html` checked`} aria-labelledby="${id}"${one.description !== undefined && html` aria-describedby="${id}-about"`}>
<span id="${id}">${alternativeTitle(one)}</span>${one.description !== undefined && html`<span class="quiet" id="${id}-about">${one.description}</span>`}</label>`
})}</fieldset>`
}

/** Returns the sentence about what a user had chosen and cannot have any more. */
export function lostText(lost: Said): Text {
  return say`What you had chosen before is not offered to you any more (${lost}).`
}

export interface OtherPage extends ChoicePage {
  /** The server that runs, and in words what is asked for and what it has. */
  other: { server: Server; asked: Said; present: Said }
  /** The link that asks for nothing. */
  keep: string
  keepsFiles: boolean
}

/** Sends the page for a server that runs with something else than is asked for. */
export function sendOtherPage(ctx: Koa.Context, page: OtherPage): void {
  const { course, link, ancestors, framed, other, keep, keepsFiles } = page
  const present = other.present === '' ? say`without it` : say`with ${other.present}`
  const isReady = other.server.state === 'ready'
  sendPage(ctx, {
    title: titleOf(course),
    ancestors,
    body: html`<p>${say`You ask for ${html`<strong>${other.asked}</strong>`}. Your notebook ${isReady ? say`runs` : say`is starting`} ${html`<strong>${present}</strong>`} now, and only a restart changes that.`}</p>
<p>${lossAtRestart(other.server, keepsFiles)}</p>
<div class="row">${openForm(keep, framed, say`Open it as it is`)}
${stopForm({ link, stop: course.slug, text: say`Restart it with ${other.asked}`, loses: isReady })}</div>`,
  })
}

function lossAtRestart({ state }: Server, keepsFiles: boolean): Said {
  if (state !== 'ready') return say`It has not started yet. Nothing is lost by a restart, but its place in the queue.`
  return restartLoss(keepsFiles)
}
