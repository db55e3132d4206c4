// The line of the launch page about time: how long the start has taken so far, and what is usual for the course.
import { filled, words } from './words.js'

const line = document.getElementById('time')
let timer

/** Shows the time of a start as it passes, until it is called with another start, or with none. */
export function showTime(start) {
  clearInterval(timer)
  line.hidden = start === undefined
  if (start === undefined) return
  const asked = Date.now() - start.age
  const say = () => {
    const seconds = Math.max(0, Math.round((Date.now() - asked) / 1000))
    line.textContent = timeText(seconds, start.usual)
  }
  say()
  timer = setInterval(say, 1000)
}

function timeText(seconds, usual) {
  const soFar = seconds < 2 ? '' : filled(words.soFar, span(seconds))
  if (usual === undefined) return soFar
  if (seconds > usual * 1.5 + 3) return `${filled(words.longer, span(usual))} ${soFar}`
  return `${filled(words.usually, span(usual))} ${soFar}`
}

function span(seconds) {
  if (seconds < 90) return seconds === 1 ? words.second : filled(words.seconds, seconds)
  return filled(words.minutes, Math.floor(seconds / 60), seconds % 60)
}
