/** Short words of help, what is known of the server, and a code by which staff find it. */
import { askSupportCode } from './calls.js'
import { openDialog } from './dialog.js'
import { make } from './dom.js'
import { latest, secondsLeft } from './state.js'
import { memoryWords, moment, roughly } from './words.js'

const words = [
  'This notebook is yours. It is saved in your server of this course, and waits there when you come back.',
  'If it hangs, restart the kernel in its menu, or the whole server by “Restart”.',
  '“Reset” gives you the course’s notebook again. What you had is kept under “Versions”.',
]

export function openHelp() {
  const { state } = latest
  const left = secondsLeft()
  const facts = [
    ['Course', state?.course.title ?? state?.course.name],
    ['Version', state?.notebook?.version],
    ['Memory', state?.memory && memoryWords(state.memory)],
    ['Time left', left !== undefined && left > 0 ? `${roughly(left)}. Your server ${state.ends.says}.` : undefined],
  ].filter(([, value]) => value)
  const list = facts.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })])
  openDialog({
    title: 'Help',
    content: [
      ...words.map((text) => make('p', { textContent: text })),
      make('dl', {}, ...list),
      helpOf(state?.help),
      contactOf(state?.course),
      codeOf(),
    ],
  })
}

function contactOf({ contact, contactLink } = {}) {
  if (!contact) return undefined
  if (!contactLink) return make('p', {}, `Ask: ${contact}`)
  return make('p', {}, 'Ask: ', linkTo(contactLink, contact))
}

function helpOf(href) {
  return href && make('p', {}, linkTo(href, 'Help of this site'))
}

function linkTo(href, textContent) {
  return make('a', { href, target: '_blank', rel: 'noopener', textContent })
}

function codeOf() {
  const said = make('p', {
    role: 'status',
    textContent: 'Tell a support code to those who help you, so that they find your server.',
  })
  const button = make('button', { type: 'button', textContent: 'Show my support code' })
  button.addEventListener('click', async () => {
    try {
      const { code, until } = await askSupportCode()
      said.replaceChildren(
        'Your support code is ',
        make('strong', { textContent: code }),
        `. It is good until ${moment(until)}.`,
      )
    } catch (refusal) {
      said.textContent = refusal.message
    }
  })
  return make('div', {}, said, button)
}
