import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { tokens } from '../../net/look/tokens.ts'

export interface StaticFile {
  name: string
  /** Has a digest of all content in it, so that browsers keep a file for ever and never too long. */
  path: string
  /** The ending of the file's name. */
  type: string
  content: Buffer
  /** Returns the content compressed. It is done once, when a browser asks first, so that the hub starts sooner. */
  packed(coding: 'br' | 'gzip'): Promise<Buffer>
}

const names = [
  'launch.js',
  'show-contact.js',
  'start-time.js',
  'enter.js',
  'pass-on.js',
  'bring-files.js',
  'copy.js',
  'frame.js',
  'job.js',
  'sign-in.js',
  'sign-in-at-once.js',
  'window.js',
  'rest.js',
  'times.js',
  'words.js',
  'again.js',
  'announcements.js',
  'ask.js',
  'choice.js',
  'info.js',
  'menus.js',
  'style.css',
  'icon.svg',
]
const contents = names.map((name) => {
  const own = readFileSync(new URL(`../static/${name}`, import.meta.url))
  return name === 'style.css' ? Buffer.concat([Buffer.from(tokens), own]) : own
})
// One digest for all: scripts import each other by their names.
const digest = createHash('sha256').update(Buffer.concat(contents)).digest('base64url').slice(0, 12)

/** All that browsers get beside pages, read once. */
export const staticFiles: readonly StaticFile[] = names.map((name, index) => ({
  name,
  path: `/hub/static/${digest}/${name}`,
  type: name.split('.').at(-1) ?? '',
  content: contents[index] ?? Buffer.alloc(0),
  packed: packing(contents[index] ?? Buffer.alloc(0)),
}))

function packing(content: Buffer): StaticFile['packed'] {
  const packed: Partial<Record<'br' | 'gzip', Promise<Buffer>>> = {}
  return (coding) =>
    (packed[coding] ??= coding === 'br' ? promisify(brotliCompress)(content) : promisify(gzip)(content))
}

export function staticPath(name: string): string {
  const file = staticFiles.find((one) => one.name === name)
  if (file === undefined) throw new Error(`hub/static has no ${name}`)
  return file.path
}
