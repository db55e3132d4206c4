/** Pictures as addresses that hold them, so that a page with them asks no other address. */
import { renderLimits } from '../limits.ts'

/** Kinds of pictures. A drawing (SVG) in an `img` runs no script and loads nothing. */
const kinds: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml'])

/** Returns an address that holds a picture; undefined for what is no picture, and `too large` for one of many bytes. */
export function pictureData(mime: string, base64: string): string | 'too large' | undefined {
  if (!kinds.has(mime)) return undefined
  if (base64.length > renderLimits.picture) return 'too large'
  const plain = base64.replace(/\s+/g, '')
  return plain !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(plain) ? `data:${mime};base64,${plain}` : undefined
}

/** Returns the kind of a picture by its name. */
export function pictureKind(name: string): string | undefined {
  const [, ending] = /\.([a-z]+)$/i.exec(name) ?? []
  const found = { png: 'png', jpg: 'jpeg', jpeg: 'jpeg', gif: 'gif', webp: 'webp', svg: 'svg+xml' }[
    ending?.toLowerCase() ?? ''
  ]
  return found && `image/${found}`
}
