/** What lies beside a commit in its repository on this machine: submodules in repositories of their own, and what is lacking. */
import { hash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { undefinedIf } from '../net/error-code.ts'
import { damaged } from './blobs.ts'
import type { GitFile, GitLeft, GitRules } from './git.ts'
import { lfsObjectsIn } from './lfs/store.ts'
import { type Local, readFiles } from './repository.ts'
import { type Count, createCount, hiddenPaths, tooLarge } from './tree.ts'

/** The folder of all this, in the folder of the repository. */
export const partsFolder = 'carrel'

const lackSchema = z.strictObject({ path: z.string(), problem: z.string(), passes: z.boolean() })
const moduleSchema = z.strictObject({
  path: z.string(),
  /** The address of its repository, by which the next commit finds what is here of it. */
  url: z.string(),
  commit: z.string(),
  /** The folder of its repository, as seen from that of the commit's. */
  folder: z.string(),
})
const partsSchema = z.strictObject({
  modules: z.array(moduleSchema),
  lacks: z.array(lackSchema),
  /** Stands for the rules by which all this was fetched. Under others, more may be had. */
  rules: z.string(),
})

/** What could not be had, and whether another try may succeed without a change. */
export type Lack = z.infer<typeof lackSchema>
export type CommitParts = z.infer<typeof partsSchema>

/** How many lacks are told each by itself. */
export const mostLacks = 100

/** Returns a text that differs between rules. */
export function nameOfRules({ hosts, maxBytes, maxFiles }: GitRules): string {
  return hash('sha256', JSON.stringify([hosts, maxBytes, maxFiles]))
}

/** Says whether another fetch of the same commit may bring more. */
export function mayBeMore({ lacks, rules }: CommitParts, now: GitRules): boolean {
  return lacks.some(({ passes }) => passes) || (lacks.length > 0 && rules !== nameOfRules(now))
}

/** Returns the parts of the commit in a folder; undefined when they were never looked for. */
export async function readCommitParts(repository: string): Promise<CommitParts | undefined> {
  const text = await readFile(join(repository, partsFolder, 'parts.json'), 'utf8').catch(undefinedIf('ENOENT'))
  if (text === undefined) return undefined
  try {
    return partsSchema.parse(JSON.parse(text))
  } catch (error) {
    throw damaged(`parts.json: ${error}`)
  }
}

/** Writes the parts of a commit, and lets git find the contents of submodules in its repository. To be done last. */
export async function writeCommitParts(repository: string, parts: CommitParts): Promise<void> {
  const stores = new Set(parts.modules.map(({ folder }) => `../${folder}/objects\n`))
  const alternates = join(repository, 'objects/info/alternates')
  await mkdir(dirname(alternates), { recursive: true, mode: 0o700 })
  if (stores.size > 0) await writeFile(alternates, [...stores].join(''), { mode: 0o600 })
  await mkdir(join(repository, partsFolder), { recursive: true, mode: 0o700 })
  await writeFile(join(repository, partsFolder, 'parts.json'), JSON.stringify(parts), { mode: 0o600 })
}

/** Returns the lacks as callers see them. */
export function leftOf({ lacks }: CommitParts): GitLeft[] {
  return lacks.map(({ path, problem }) => ({ path, problem }))
}

/** Returns the files of a commit whose parts are here, with those of its submodules, in the order of their paths. */
export async function readAllFiles(local: Local, commit: string, rules: GitRules): Promise<GitFile[]> {
  const parts = await readCommitParts(local.cwd)
  const count = createCount()
  const { files } = await readFiles(local, commit, rules, '', count)
  const objects = await lfsObjectsIn(local.cwd)
  if (parts === undefined || (parts.modules.length === 0 && objects.size === 0)) return files
  for (const module of parts.modules) {
    const inside = { ...local, cwd: join(local.cwd, module.folder) }
    files.push(...(await readFiles(inside, module.commit, rules, `${module.path}/`, count)).files)
  }
  // A repository may be made by hand, so that a submodule lies where there is a file.
  const hidden = hiddenPaths(files)
  const shown = files.filter(({ path }) => !hidden.has(path)).map((file) => withContent(file, objects, count))
  if (count.bytes > rules.maxBytes) throw tooLarge(rules.maxBytes)
  return shown.sort(byPath)
}

/** Returns the file for which a pointer stands, where its content is here, and counts it. */
function withContent(file: GitFile, objects: ReadonlyMap<string, number>, count: Count): GitFile {
  if (file.pointer === undefined || objects.get(file.pointer.oid) !== file.pointer.bytes) return file
  const { path, kind, pointer } = file
  count.bytes += pointer.bytes - file.bytes
  return { path, blob: pointer.oid, bytes: pointer.bytes, kind }
}

/** In the order of their bytes, as git has them. */
function byPath(a: GitFile, b: GitFile): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))
}
