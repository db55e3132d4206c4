// Shows times in the reader's time zone, and takes them in it. Pages of the hub write them in UTC, since it does not know that zone.
// The page's language, in the way in which it is written where the reader is, if the browser says so.
const { lang } = document.documentElement
const own = navigator.languages.find((one) => one === lang || one.startsWith(`${lang}-`)) ?? lang
const format = new Intl.DateTimeFormat(own, { dateStyle: 'medium', timeStyle: 'short' })
/** For who asks, by pointing at a time: on which day of the week it is, and in which zone. */
const wholeFormat = new Intl.DateTimeFormat(own, { dateStyle: 'full', timeStyle: 'long' })

/** Returns the text with every time like `2027-01-18 08:00 UTC` in the reader's zone. What only looks like a time stays. */
export function inReadersZone(text) {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g, (written, day, time) => {
    const date = new Date(`${day}T${time}Z`)
    return isTime(date) ? format.format(date) : written
  })
}

function isTime(date) {
  return !Number.isNaN(date.getTime())
}

for (const time of document.querySelectorAll('time[data-local]')) {
  const date = new Date(time.dateTime)
  if (!isTime(date)) continue
  time.textContent = inReadersZone(time.textContent)
  time.title = wholeFormat.format(date)
}

// Fields with a time of UTC are in the zone of the person who fills them in. What they send is UTC still.
const { timeZone } = format.resolvedOptions()
for (const name of document.querySelectorAll('[data-zone]')) name.textContent = timeZone
for (const field of document.querySelectorAll('input[data-utc]')) {
  // An empty one stays so: browsers read a time without a day as one of some year.
  const typed = field.getAttribute('value')
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed)) field.value = localText(new Date(`${typed}:00Z`))
  field.form.addEventListener('formdata', ({ formData }) => {
    if (field.value !== '') formData.set(field.name, new Date(field.value).toISOString().slice(0, 16))
  })
}

/** Returns a time as such a field has it, in the browser's zone. */
function localText(time) {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
