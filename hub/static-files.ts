import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface StaticFile {
  name: string
  /** With a digest of the content in it, so that browsers keep it for ever and never too long. */
  path: string
  /** As a file name's ending. */
  type: string
  content: Buffer
}

/** What browsers get beside pages, read once. */
export const staticFiles: readonly StaticFile[] = ['launch.js', 'style.css', 'icon.svg'].map((name) => {
  const content = readFileSync(new URL(`static/${name}`, import.meta.url))
  const digest = createHash('sha256').update(content).digest('base64url').slice(0, 12)
  return { name, path: `/hub/static/${digest}/${name}`, type: name.split('.').at(-1) ?? '', content }
})

export function staticPath(name: string): string {
  const file = staticFiles.find((one) => one.name === name)
  if (file === undefined) throw new Error(`hub/static has no ${name}`)
  return file.path
}
