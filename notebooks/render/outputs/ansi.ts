/** What programs print for a terminal, as HTML: colours and styles of letters, and lines that were written over. */
import { html } from '../../../net/html.ts'

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

interface Style {
  fore: string | undefined
  back: string | undefined
  set: Set<string>
}

/** Returns text with its colours as classes. */
export function terminalText(text: string): string {
  const style: Style = { fore: undefined, back: undefined, set: new Set() }
  const [first = '', ...parts] = overwritten(text).split(escapeLetter)
  let shown = spanOf(first, style)
  for (const part of parts) {
    const [said = '', codes] = /^\[([0-9;:]{0,60})m/.exec(part) ?? otherSequence.exec(part) ?? []
    if (codes !== undefined) change(style, codes)
    shown += spanOf(part.slice(said.length), style)
  }
  return shown
}

const escapeLetter = '\u001b'
/** What else is said to a terminal, such as where to write next. */
const otherSequence = /^(?:\[[0-?]{0,60}[ -/]{0,10}[@-~]|\][^\p{Cc}]{0,500}|.)/su

/** Returns what is left to see of lines that a program has written over, as it does to show how far it is. */
function overwritten(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n')
}

function spanOf(said: string, { fore, back, set }: Style): string {
  const text = said.replaceAll(/[^\P{Cc}\n\t]/gu, '')
  if (text === '') return ''
  const isInverse = set.has('inverse')
  const [front, behind] = isInverse ? [back, fore] : [fore, back]
  const classes = [
    ...(front === undefined ? [] : [`ansi-${front}`]),
    ...(behind === undefined ? [] : [`ansi-on-${behind}`]),
    ...[...set].map((one) => `ansi-${one}`),
  ]
  return classes.length === 0 ? html`${text}`.html : html`<span class="${classes.join(' ')}">${text}</span>`.html
}

function change(style: Style, codes: string): void {
  const numbers = codes === '' ? [0] : codes.split(/[;:]/).map(Number)
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0
    if (code === 38 || code === 48) {
      const isIndexed = numbers[at + 1] === 5
      const colour = isIndexed ? indexed(numbers[at + 2] ?? 0) : nearest(numbers.slice(at + 2, at + 5))
      style[code === 38 ? 'fore' : 'back'] = colour
      at += isIndexed ? 2 : 4
    } else apply(style, code)
  }
}

const styles: Readonly<Record<number, string>> = { 1: 'bold', 2: 'faint', 3: 'italic', 4: 'underline', 7: 'inverse' }

function apply(style: Style, code: number): void {
  if (code === 0) {
    style.fore = undefined
    style.back = undefined
    style.set.clear()
  } else if (styles[code] !== undefined) style.set.add(styles[code])
  else if (code === 22) for (const one of ['bold', 'faint']) style.set.delete(one)
  else if (styles[code - 20] !== undefined) style.set.delete(styles[code - 20] ?? '')
  else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) style.fore = names[code % 10]
  else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) style.back = names[code % 10]
  else if (code === 39) style.fore = undefined
  else if (code === 49) style.back = undefined
}

/** Returns one of the eight colours for one of 256. */
function indexed(index: number): string | undefined {
  if (index < 16) return names[index % 8]
  if (index >= 232) return names[index < 244 ? 0 : 7]
  const cube = index - 16
  return nearest([Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51])
}

function nearest([red = 0, green = 0, blue = 0]: number[]): string | undefined {
  return names[(red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0)]
}
