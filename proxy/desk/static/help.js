/** Short words of help, what is known of the server, and a code by which staff find it. */
import { askSupportCode } from './calls.js'
import { openDialog } from './dialog.js'
import { make } from './dom.js'
import { memoryWords, moment, roughly } from './numbers.js'
import { latest, secondsLeft } from './state.js'
import { filled, partsWith, words } from './texts.js'

export function openHelp() {
  const { state } = latest
  const left = secondsLeft()
  const facts = [
    [words.courseLabel, state?.course.title ?? state?.course.name],
    [words.versionLabel, state?.notebook?.version],
    [words.memoryLabel, state?.memory && memoryWords(state.memory)],
    [words.leftLabel, left > 0 ? filled(words.left, roughly(left), state.ends.says) : undefined],
  ].filter(([, value]) => value)
  const list = facts.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })])
  openDialog({
    title: words.help,
    content: [
      ...[words.helpYours, words.helpHangs, words.helpReset].map((text) => make('p', { textContent: text })),
      make('dl', {}, ...list),
      helpOf(state?.help),
      contactOf(state?.course),
      codeOf(),
    ],
  })
}

function contactOf({ contact, contactLink } = {}) {
  if (!contact) return undefined
  if (!contactLink) return make('p', {}, filled(words.ask, contact))
  return make('p', {}, ...partsWith(words.ask, linkTo(contactLink, contact)))
}

function helpOf(href) {
  return href && make('p', {}, linkTo(href, words.siteHelp))
}

function linkTo(href, textContent) {
  return make('a', { href, target: '_blank', rel: 'noopener', textContent })
}

function codeOf() {
  const said = make('p', { role: 'status', textContent: words.tellCode })
  const button = make('button', { type: 'button', textContent: words.showCode })
  button.addEventListener('click', async () => {
    try {
      const { code, until } = await askSupportCode()
      said.replaceChildren(...partsWith(words.code, make('strong', { textContent: code }), moment(until)))
    } catch (refusal) {
      said.textContent = refusal.message
    }
  })
  return make('div', {}, said, button)
}
