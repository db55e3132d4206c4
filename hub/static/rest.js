// Every button rests for a moment after it appears (style.css), and here again whenever its page comes to the front:
// the second half of a double click that began on another site's page presses nothing. The keyboard presses a button
// all the same.
const restMilliseconds = 700

function rest() {
  const still = [{ pointerEvents: 'none' }, { pointerEvents: 'none' }]
  for (const button of document.querySelectorAll('button')) button.animate(still, restMilliseconds)
}

addEventListener('pageshow', rest)
// A frame gets the focus by each click into it, so the focus does not count there.
if (window === window.top) addEventListener('focus', rest)
