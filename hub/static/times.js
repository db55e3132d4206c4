// Shows times in the reader's time zone. Pages of the hub write them in UTC, since it does not know that zone.
const format = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
})

/** Returns the text with every time like `2027-01-18 08:00 UTC` in the reader's zone. */
export function inReadersZone(text) {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g, (_, day, time) =>
    format.format(new Date(`${day}T${time}Z`)),
  )
}

for (const time of document.querySelectorAll('time[data-local]')) {
  time.textContent = inReadersZone(time.textContent)
  if (time.title !== '') time.title = inReadersZone(time.title)
}
