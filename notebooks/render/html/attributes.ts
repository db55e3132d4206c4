/** The attributes of an element as they are written again, by lists of what is allowed. */
import { html } from '../../../net/html.ts'
import { shownClasses } from './names.ts'

export interface Attribute {
  name: string
  value: string
}

/** Returns the attributes of an element of a notebook that may stay, as text with a space before each. */
export function shownAttributes(element: string, attributes: readonly Attribute[]): string {
  const given = new Map(attributes.map(({ name, value }) => [name, value]))
  const kept: [string, string | undefined][] = [
    ['id', anchorOf(given.get('id') ?? (element === 'a' ? given.get('name') : undefined))],
    ['class', classesOf(given.get('class'))],
    ['align', alignOf(given)],
    ['title', given.get('title')?.slice(0, 500)],
    ['lang', matching(given.get('lang'), /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}$/i)],
    ['dir', matching(given.get('dir'), /^(ltr|rtl|auto)$/i)],
    ...ownOf(element, given),
  ]
  return kept.map(([name, value]) => (value === undefined ? '' : attributeText(name, value))).join('')
}

/** Returns an attribute as text, with a space before it. */
export function attributeText(name: string, value: string): string {
  return html` ${name}="${value}"`.html
}

/** Returns the name of a place in the notebook, which is none of the page's own; undefined for none. */
export function anchorOf(id: string | undefined): string | undefined {
  const name = id?.trim().slice(0, 200)
  return name ? `n-${name.replace(/\s+/g, '-')}` : undefined
}

function ownOf(element: string, given: ReadonlyMap<string, string>): [string, string | undefined][] {
  const count = (name: string, most: number): [string, string | undefined] => {
    const value = given.get(name)
    return [name, value !== undefined && /^\d{1,4}$/.test(value) && Number(value) <= most ? value : undefined]
  }
  const flag = (name: string): [string, string | undefined] => [name, given.has(name) ? '' : undefined]
  switch (element) {
    case 'td':
    case 'th':
      return [
        count('colspan', 1000),
        count('rowspan', 1000),
        ['scope', matching(given.get('scope'), /^(row|col|rowgroup|colgroup)$/i)],
      ]
    case 'col':
    case 'colgroup':
      return [count('span', 1000)]
    case 'ol':
      return [count('start', 9999), flag('reversed'), ['type', matching(given.get('type'), /^[1aAiI]$/)]]
    case 'li':
      return [count('value', 9999)]
    case 'details':
      return [flag('open')]
    case 'img':
      return [count('width', 4000), count('height', 4000)]
    default:
      return []
  }
}

function classesOf(classes: string | undefined): string | undefined {
  const kept = (classes ?? '').split(/\s+/).filter((name) => shownClasses.has(name))
  return kept.length > 0 ? kept.join(' ') : undefined
}

/** Where text stands, which Markdown says with a style. No other style stays. */
function alignOf(given: ReadonlyMap<string, string>): string | undefined {
  const [, inStyle] = /(?:^|;)\s*text-align\s*:\s*([a-z]+)/i.exec((given.get('style') ?? '').slice(0, 1000)) ?? []
  return matching((inStyle ?? given.get('align'))?.toLowerCase(), /^(left|right|center|justify)$/)
}

function matching(value: string | undefined, pattern: RegExp): string | undefined {
  return value !== undefined && pattern.test(value) ? value : undefined
}
