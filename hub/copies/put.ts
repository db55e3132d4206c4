/** Puts a file into a learner's server, where no file of its name is. */
import { randomBytes } from 'node:crypto'
import { type Ask, contentsOf } from './ask.ts'
import { NotQuiet, type Quiet } from './quiet.ts'

/** A file as Jupyter's Contents API takes it. */
export type ContentsFile =
  | { type: 'notebook'; format: 'json'; content: object }
  /** Kept byte by byte, also when it is a notebook. */
  | { type: 'file'; format: 'base64'; content: string }

export interface NewFile {
  path: string
  /** The nearest folder of the path that is there. */
  folder: string
  file: ContentsFile
  /** Part of the name under which it is written first. Default: random. */
  tag?: string
  /** What else may be saved there meanwhile. Default: nothing that counts. */
  quiet?: Quiet
}

/**
 * Puts a file at a path, and makes the folders that it needs. Jupyter writes over what is there, but renames nothing onto
 * it. So the file is written under a name of its own first. Returns false where a file has come meanwhile, which stays as it is.
 * Rejects when the server does not do it.
 */
export async function putNew(
  ask: Ask,
  { path, folder, file, tag = randomBytes(4).toString('hex'), quiet = (act) => act(() => true) }: NewFile,
): Promise<boolean> {
  await makeFolders(ask, path, folder)
  const draft = draftOf(path, tag)
  requireDone(await ask(contentsOf(draft), { method: 'PUT', body: file }))
  const remove = () => ask(contentsOf(draft), { method: 'DELETE' })
  const renamed = await quiet(() => ask(contentsOf(draft), { method: 'PATCH', body: { path } })).catch(
    async (error: unknown) => {
      if (error instanceof NotQuiet) await remove()
      throw error
    },
  )
  if (renamed.status !== 200) await remove()
  if (renamed.status === 409) return false
  requireDone(renamed)
  return true
}

/** Returns bytes as a file that is kept as it is. */
export function exactly(bytes: Buffer): ContentsFile {
  return { type: 'file', format: 'base64', content: bytes.toString('base64') }
}

/** Returns the name under which a file is written first. */
export function draftOf(path: string, tag: string): string {
  return path.replace(/(\.[^./]*)?$/, `-${tag}$1`)
}

async function makeFolders(ask: Ask, path: string, present: string): Promise<void> {
  const segments = path.split('/')
  const depth = present === '' ? 0 : present.split('/').length
  for (let deep = depth + 1; deep < segments.length; deep += 1) {
    const folder = segments.slice(0, deep).join('/')
    // Jupyter leaves a folder that is there by now as it is.
    requireDone(await ask(contentsOf(folder), { method: 'PUT', body: { type: 'directory' } }))
  }
}

export function requireDone({ status }: { status: number }): void {
  if (status !== 200 && status !== 201) throw new Error(`it answered ${status}`)
}
