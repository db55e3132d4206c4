/** Notebooks to read: HTML without script that asks no other address, of what a file has, its stored outputs included. */
import { html } from '../../net/html.ts'
import type { Cell, Notebook } from '../notebook.ts'
import { colouredCode } from './code.ts'
import { pictureSource } from './html/links.ts'
import { pictureData } from './html/pictures.ts'
import { leftOut } from './html/safe-html.ts'
import { kernelLanguage } from './language.ts'
import { renderLimits } from './limits.ts'
import { createMarkdown } from './markdown/markdown.ts'
import { createMath } from './markdown/math.ts'
import { isMap, joinedText, shownOutputs } from './outputs/outputs.ts'

export interface RenderOrder {
  /** Of the notebook, to which its pictures are relative. */
  path: string
  notebook: Notebook
  /** Returns a picture of the repository as an address that holds it; undefined where there is none. */
  picture(path: string): string | undefined
  /** Whether others than the one whose notebook it is read the page. Then what is left out is not promised to them. */
  isForOthers?: boolean
}

export interface RenderedNotebook {
  /** The inside of an article. */
  html: string
  /** The paths of the pictures of the repository that the notebook names, whether they were there or not. */
  pictures: string[]
}

/**
 * Returns a notebook as HTML. All that a stranger wrote has gone through `safeHtml`, or is plain text. Takes a time and a memory that
 * a hostile notebook can make long, so callers call this in a thread with limits.
 */
export function renderNotebook({ path, notebook, picture, isForOthers = false }: RenderOrder): RenderedNotebook {
  const language = kernelLanguage(path, notebook)
  const markdown = createMarkdown(language)
  const math = createMath()
  const seen = isForOthers ? 'in the notebook itself' : 'once your notebook is open'
  const named = new Set<string>()
  const shown: string[] = []
  let size = 0
  for (const [at, cell] of notebook.cells.entries()) {
    const made = at < renderLimits.cells ? shownCell(cell) : undefined
    if (made === undefined || size + made.length > renderLimits.html) {
      const rest = notebook.cells.length - at
      shown.push(
        leftOut(
          rest === 1
            ? `the last cell of this notebook, which you see ${seen}.`
            : `the last ${rest} cells of this notebook, which you see ${seen}.`,
        ),
      )
      break
    }
    size += made.length
    shown.push(made)
  }
  return { html: shown.join('\n'), pictures: [...named] }

  function shownCell(cell: Cell): string {
    const pictures = (one: PictureInText) => pictureIn(one, cell)
    if (cell.isFrontMatter || hasTag(cell, 'remove-cell')) return ''
    if (cell.kind === 'markdown') {
      if (cell.source.length > renderLimits.markdown)
        return section('text', leftOut('a text that is too long for this page.'))
      return section('text', markdown(cell.source, { picture: pictures, seen }))
    }
    const long = cell.source.length > renderLimits.source
    const source = cell.source.slice(0, renderLimits.source)
    const cut = long ? leftOut('the rest of this cell, which is long.') : ''
    if (cell.kind === 'raw') return source.trim() === '' ? '' : section('raw', html`<pre>${source}</pre>`.html + cut)
    const code =
      source.trim() === '' ? '' : `<pre class="code"><code>${colouredCode(source, language)}</code></pre>${cut}`
    const outputs = shownOutputs(cell.json?.outputs, {
      markdown: (text) => markdown(text, { picture: pictures, seen }),
      math: (formula) => math(formula, true),
      picture: pictures,
      seen,
    })
    const hidden = hiddenParts(cell)
    const input = folded(hasTag(cell, 'remove-input') ? '' : code, hidden.source, 'Code')
    const output =
      hasTag(cell, 'remove-output') || outputs === ''
        ? ''
        : `<div class="outputs">${folded(outputs, hidden.outputs, 'Output')}</div>`
    return input + output === '' ? '' : section('code-cell', input + output)
  }

  function pictureIn({ src, alt, attributes }: PictureInText, cell: Cell): string {
    const source = pictureSource(src)
    const told = alt.trim() === '' ? 'a picture' : `the picture “${alt.trim()}”`
    if (source === undefined) return leftOut(`${told}.`)
    if (source.kind === 'elsewhere') {
      const name = alt.trim() || 'Picture'
      return html`<span class="left-out"><a href="${source.to}" target="_blank" rel="noopener noreferrer nofollow">${name}</a> (on another site)</span>`
        .html
    }
    const data =
      source.kind === 'data'
        ? pictureData(source.mime, source.base64)
        : source.kind === 'attachment'
          ? attachmentOf(cell, source.name)
          : fileOf(source.name)
    if (data === 'too large') return leftOut(`${told}, which is too large for this page.`)
    if (data === undefined) return leftOut(`${told}. You see it ${seen}.`)
    return html`<img src="${data}" alt="${alt}"${{ html: attributes }}>`.html
  }

  function fileOf(name: string): string | undefined {
    const file = pathFrom(path, name)
    if (file === undefined || (named.size >= renderLimits.pictures && !named.has(file))) return undefined
    named.add(file)
    return picture(file)
  }
}

interface PictureInText {
  src: string
  alt: string
  attributes: string
}

function section(kind: string, inside: string): string {
  return `<section class="${kind}">${inside}</section>`
}

function folded(inside: string, isHidden: boolean, name: string): string {
  return isHidden && inside !== '' ? `<details><summary>${name}</summary>${inside}</details>` : inside
}

/** Returns the path of a file that a notebook names; undefined where it leads out of the repository. */
export function pathFrom(notebook: string, name: string): string | undefined {
  const folder = name.startsWith('/') ? [] : notebook.split('/').slice(0, -1)
  const parts = [...folder]
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.length === 0 ? undefined : parts.join('/')
}

/** Returns a picture that was dropped into a text cell. */
function attachmentOf({ attachments }: Cell, name: string): string | 'too large' | undefined {
  const found = attachments !== undefined && Object.hasOwn(attachments, name) ? attachments[name] : undefined
  if (!isMap(found)) return undefined
  for (const [mime, content] of Object.entries(found)) {
    const data =
      mime === 'image/svg+xml'
        ? pictureData(mime, Buffer.from(joinedText(content)).toString('base64'))
        : pictureData(mime, joinedText(content))
    if (data !== undefined) return data
  }
  return undefined
}

/** Returns what the notebook says is not to be seen at first. */
function hiddenParts(cell: Cell): { source: boolean; outputs: boolean } {
  const metadata = isMap(cell.json?.metadata) ? cell.json.metadata : {}
  const jupyter = isMap(metadata.jupyter) ? metadata.jupyter : {}
  const isHidden = hasTag(cell, 'hide-cell')
  return {
    source: isHidden || jupyter.source_hidden === true || hasTag(cell, 'hide-input'),
    outputs: isHidden || jupyter.outputs_hidden === true || metadata.collapsed === true || hasTag(cell, 'hide-output'),
  }
}

function hasTag({ json, options }: Cell, tag: string): boolean {
  const metadata = isMap(json?.metadata) ? json.metadata : {}
  if (Array.isArray(metadata.tags) && metadata.tags.includes(tag)) return true
  return options?.split(/[\s,"'[\]]+/).includes(tag) === true
}
