// The line of the launch page about time: how long the start has taken so far, and what is usual for the course.
const line = document.getElementById('time')
// What this computer's clock is ahead of the hub's.
const ahead = Date.now() - Number(line.dataset.now)
let timer

/** Shows the time of a start as it passes, until it is called with another start, or with none. */
export function showTime(start) {
  clearInterval(timer)
  line.hidden = start === undefined
  if (start === undefined) return
  const say = () => {
    const seconds = Math.max(0, Math.round((Date.now() - ahead - start.asked) / 1000))
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
