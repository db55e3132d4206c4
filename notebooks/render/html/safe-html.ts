/**
 * Makes HTML that a stranger wrote into HTML that does nothing but show itself: by what browsers would see in it, and a list of what
 * may stay. Nothing of the text is copied: each element and attribute is written anew, so what is read and what is shown cannot
 * differ.
 */
import { parseFragment, html as parsing, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { html } from '../../../net/html.ts'
import { renderLimits } from '../limits.ts'
import { attributeText, shownAttributes } from './attributes.ts'
import { linkTarget } from './links.ts'
import { emptyElements, mathAttributes, mathElements, shownElements, silentElements, toldElements } from './names.ts'

export interface AroundHtml {
  /** Returns a picture as HTML, or what stands in its place. */
  picture(picture: { src: string; alt: string; attributes: string }): string
  /** Returns what we have made ourselves for a place in the text, such as a formula; undefined where the place is not ours. */
  own?(place: string): string | undefined
  /** Where what is left out can be seen, as the end of a sentence: `once your notebook is open`. */
  seen: string
}

/** The element that stands for what we have made ourselves. Its name alone opens nothing: the place must be one that `own` knows. */
export const placeElement = 'carrel-place'

/** Returns what may be shown of HTML. */
export function safeHtml(source: string, surroundings: AroundHtml): string {
  const parts: string[] = []
  show(parseFragment(source).childNodes, 0)
  return parts.join('')

  function show(nodes: readonly Tree.ChildNode[], depth: number): void {
    for (const node of nodes) {
      if ('value' in node) parts.push(html`${node.value}`.html)
      else if ('tagName' in node && depth < renderLimits.nesting) element(node, depth)
    }
  }

  function element(node: Tree.Element, depth: number): void {
    const { tagName: name } = node
    const told = toldElements.get(name)
    if (name === placeElement) place(node)
    else if (told !== undefined) parts.push(leftOut(`${told} that you see ${surroundings.seen}.`))
    // Elements of drawings and formulas have rules of their own, by which text may become something else.
    else if (node.namespaceURI !== parsing.NS.HTML || silentElements.has(name)) return
    else if (shownElements.has(name)) shown(node, depth)
    else show(node.childNodes, depth + 1)
  }

  function shown(node: Tree.Element, depth: number): void {
    const { tagName: name } = node
    const attributes = shownAttributes(name, node.attrs)
    if (name === 'img') image(node, attributes)
    else if (name === 'a') link(node, attributes, depth)
    else plain(node, attributes, depth)
  }

  function plain(node: Tree.Element, attributes: string, depth: number): void {
    const { tagName: name } = node
    parts.push(`<${name}${attributes}>`)
    if (emptyElements.has(name)) return
    // A browser drops the first line break of a text that is laid out.
    if (name === 'pre') parts.push('\n')
    show(node.childNodes, depth + 1)
    parts.push(`</${name}>`)
  }

  function place(node: Tree.Element): void {
    const own = surroundings.own?.(attributeOf(node, 'at') ?? '')
    if (own !== undefined) parts.push(own)
  }

  function image(node: Tree.Element, attributes: string): void {
    const [src, alt] = [attributeOf(node, 'src') ?? '', (attributeOf(node, 'alt') ?? '').slice(0, 1000)]
    parts.push(surroundings.picture({ src, alt, attributes }))
  }

  function link(node: Tree.Element, attributes: string, depth: number): void {
    const target = linkTarget(attributeOf(node, 'href') ?? '')
    const away = target?.isHere === false ? ' target="_blank" rel="noopener noreferrer nofollow"' : ''
    parts.push(`<a${attributes}${target === undefined ? '' : attributeText('href', target.to)}${away}>`)
    show(node.childNodes, depth + 1)
    parts.push('</a>')
  }
}

/** Returns what may be shown of MathML that we have made ourselves of a formula. */
export function safeMath(source: string): string {
  const show = (nodes: readonly Tree.ChildNode[], depth: number): string =>
    nodes
      .map((node) => {
        if ('value' in node) return html`${node.value}`.html
        if (!('tagName' in node) || depth > 200) return ''
        const { tagName: name, attrs, childNodes, namespaceURI } = node
        const isMath = namespaceURI === parsing.NS.MATHML && mathElements.has(name)
        if (!isMath) return namespaceURI === parsing.NS.HTML ? show(childNodes, depth + 1) : ''
        // The formula as it was attributeText, which a browser does not show.
        if (name === 'annotation') return ''
        const kept = attrs.filter((one) => mathAttributes.has(one.name) && /^[\w#.%+ -]{1,100}$/.test(one.value))
        return `<${name}${kept.map((one) => attributeText(one.name, one.value)).join('')}>${show(childNodes, depth + 1)}</${name}>`
      })
      .join('')
  return show(parseFragment(source).childNodes, 0)
}

/** Returns a sentence in the place of what is not shown. */
export function leftOut(what: string): string {
  return html`<span class="left-out">Not shown here: ${what}</span>`.html
}

function attributeOf(node: Tree.Element, name: string): string | undefined {
  return node.attrs.find((one) => one.name === name)?.value
}
