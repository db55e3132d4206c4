// The page of tmpnb's numbers asks for them every two seconds while somebody looks, and draws those in use over time.
const most = 150
const seen = []

async function look() {
  if (!document.hidden) {
    const answer = await fetch('/api/stats').catch(() => undefined)
    if (answer?.ok) show(await answer.json())
  }
  setTimeout(look, 2000)
}

function show({ available, capacity }) {
  const used = capacity - available
  seen.push(used)
  if (seen.length > most) seen.shift()
  document.getElementById('used').textContent = used
  document.getElementById('capacity').textContent = capacity
  document.getElementById('available').textContent = available
  const share = document.getElementById('share')
  share.max = capacity
  share.value = used
  const points = seen.map((one, index) => `${(index * 300) / (most - 1)},${58 - (56 * one) / Math.max(1, capacity)}`)
  document.querySelector('#line polyline').setAttribute('points', points.join(' '))
}

look()
