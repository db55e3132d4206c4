import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface StaticFile {
  name: string
  /** With a digest of all content in it, so that browsers keep it for ever and never too long. */
  path: string
  /** As a file name's ending. */
  type: string
  content: Buffer
}

const names = ['launch.js', 'frame.js', 'sign-in.js', 'window.js', 'rest.js', 'style.css', 'icon.svg']
const contents = names.map((name) => readFileSync(new URL(`../static/${name}`, import.meta.url)))
// One for all: scripts import each other by their names.
const digest = createHash('sha256').update(Buffer.concat(contents)).digest('base64url').slice(0, 12)

/** What browsers get beside pages, read once. */
export const staticFiles: readonly StaticFile[] = names.map((name, index) => ({
  name,
  path: `/hub/static/${digest}/${name}`,
  type: name.split('.').at(-1) ?? '',
  content: contents[index] ?? Buffer.alloc(0),
}))

export function staticPath(name: string): string {
  const file = staticFiles.find((one) => one.name === name)
  if (file === undefined) throw new Error(`hub/static has no ${name}`)
  return file.path
}
