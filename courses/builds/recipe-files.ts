/** The files of a repository as a recipe looks at them. */
import { isRelativePath } from '../files.ts'
import { quotedShort, RecipeError } from './problem.ts'
import type { RecipeRequest } from './recipe-request.ts'

/** The folders in which the files that make an image may lie, apart from all others. */
const folders = ['binder', '.binder']

/** The largest file that says how an image is made. */
const mostBytes = 1024 * 1024

export class RecipeFiles {
  /** The folder of the files that make the image, with a slash at its end; empty for the folder of the build itself. */
  readonly folder: string
  readonly #kinds: Map<string, 'file' | 'program' | 'link'>
  readonly #read: RecipeRequest['read']

  constructor({ files, read }: Pick<RecipeRequest, 'files' | 'read'>) {
    this.#kinds = new Map(files.map(({ path, kind }) => [path, kind]))
    this.#read = read
    const found = folders.filter((folder) => files.some(({ path }) => path.startsWith(`${folder}/`)))
    if (found.length > 1) {
      throw new RecipeError(['binder/ and .binder/ are both there, and only one can count: remove one of them.'])
    }
    this.folder = found[0] === undefined ? '' : `${found[0]}/`
  }

  has(path: string): boolean {
    return this.#kinds.has(path)
  }

  /** Returns the path of a file that makes the image; undefined where there is none of this name. */
  find(name: string): string | undefined {
    const path = this.folder + name
    return this.#kinds.has(path) ? path : undefined
  }

  /** Returns such a file of the folder of the build itself, which counts only where the files have no folder of their own. */
  findAtRoot(name: string): string | undefined {
    return this.folder === '' ? this.find(name) : undefined
  }

  /** Returns the text of a file. Rejects with a `RecipeError` for what is no small text. */
  async text(path: string): Promise<string> {
    if (this.#kinds.get(path) === 'link') {
      throw new RecipeError([`${path} is a link: put the file itself there.`])
    }
    const bytes = await this.#read(path)
    if (bytes.length > mostBytes) throw new RecipeError([`${path} is larger than 1 MiB: make it shorter.`])
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      throw new RecipeError([`${path} is no text in UTF-8: save it as such.`])
    }
  }

  /** Returns the lines of a text file, without what follows a number sign, with their numbers. */
  async lines(path: string): Promise<{ line: string; at: number }[]> {
    const all = (await this.text(path)).split(/\r?\n|\r/)
    return all
      .map((line, index) => ({ line: line.replace(/(^|\s)#.*$/, '').trim(), at: index + 1 }))
      .filter(({ line }) => line !== '')
  }

  /** Returns the first line of a script. Rejects with a `RecipeError` for one that no system starts. */
  async program(path: string): Promise<string> {
    const text = await this.text(path)
    const first = text.split('\n', 1)[0] ?? ''
    const remedy = first.endsWith('\r')
      ? 'has lines that end as on Windows, so that it does not start: save it with line ends of Unix.'
      : 'does not say which program runs it: begin it with a line like #!/bin/bash.'
    if (first.endsWith('\r') || !first.startsWith('#!')) throw new RecipeError([`${path}, line 1: ${remedy}`])
    return text
  }
}

/** Throws where a path of the config leads out of the folder of the build. Pure. */
export function assertInside(path: string): void {
  if (isRelativePath(path)) return
  throw new RecipeError([`${quotedShort(path)} is no path in the folder of the build: correct dockerfile.`])
}
