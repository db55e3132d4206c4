/** Where links and pictures of a notebook may lead. */
import { anchorOf } from './attributes.ts'

/** A place that a link leads to: another site, or a place in the same notebook. */
export type LinkTarget = { to: string; isHere: boolean }

/** Returns where a link may lead; undefined for one into the server, or of a kind that is not followed. */
export function linkTarget(href: string): LinkTarget | undefined {
  const trimmed = href.trim()
  if (trimmed.startsWith('#')) {
    const anchor = anchorOf(decoded(trimmed.slice(1)))
    return anchor === undefined ? undefined : { to: `#${encodeURIComponent(anchor)}`, isHere: true }
  }
  const url = absolute(trimmed)
  if (url === undefined || !['https:', 'http:', 'mailto:'].includes(url.protocol)) return undefined
  // An address with a name and a password in it is made to be taken for another one.
  return url.username === '' && url.password === '' && url.href.length <= 2000
    ? { to: url.href, isHere: false }
    : undefined
}

export type PictureSource =
  | { kind: 'data'; mime: string; base64: string }
  /** A file of an attachment, or of the repository. */
  | { kind: 'attachment' | 'file'; name: string }
  /** On another site, from which nothing is ever loaded. */
  | { kind: 'elsewhere'; to: string }
  | undefined

/** Returns what the source of a picture is. A file's name is as it is attributeText, relative to the notebook. */
export function pictureSource(src: string): PictureSource {
  const trimmed = src.trim()
  if (/^data:/i.test(trimmed)) {
    const [, mime, base64] = /^data:([a-z/+.-]{1,40});base64,([\s\S]*)$/i.exec(trimmed) ?? []
    return mime === undefined || base64 === undefined ? undefined : { kind: 'data', mime: mime.toLowerCase(), base64 }
  }
  if (/^attachment:/i.test(trimmed)) {
    const name = decoded(trimmed.slice('attachment:'.length))
    return name === undefined ? undefined : { kind: 'attachment', name }
  }
  const isElsewhere = /^[a-z][a-z0-9+.-]*:/i.test(trimmed) || /^[\\/]{2}/.test(trimmed)
  if (!isElsewhere) {
    const name = decoded(trimmed.replace(/[?#][\s\S]*$/, ''))
    return name === undefined || name === '' || name.length > 500 ? undefined : { kind: 'file', name }
  }
  const url = absolute(trimmed.startsWith('//') ? `https:${trimmed}` : trimmed)
  const target = url && linkTarget(url.href)
  return target === undefined || target.isHere || target.to.startsWith('mailto:')
    ? undefined
    : { kind: 'elsewhere', to: target.to }
}

function absolute(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
