// The line of the launch page about time: how long the start has taken so far, and what is usual for the course.
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
  const soFar = seconds < 2 ? '' : `${span(seconds)} so far.`
  if (usual === undefined) return soFar
  if (seconds > usual * 1.5 + 3) return `This takes longer than usual, which is ${span(usual)}. ${soFar}`
  return `Usually ready in about ${span(usual)}. ${soFar}`
}

function span(seconds) {
  if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
