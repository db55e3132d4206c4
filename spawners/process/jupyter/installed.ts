import { createHash } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Returns an id of what is installed beside these programs of Jupyter, which changes whenever a package or an extension is
 * installed, updated or removed; undefined where no JupyterLab is. It stands where other spawners have the id of an image. Only
 * folders are looked at: an installer that changes files makes new ones.
 */
export async function installedId(programs: string): Promise<string | undefined> {
  const prefix = await realpath(dirname(programs)).catch(() => undefined)
  if (prefix === undefined) return undefined
  const shared = join(prefix, 'share/jupyter')
  const lab = await changedAt(join(shared, 'lab/static'))
  if (lab === undefined) return undefined
  const libraries = (await readdir(join(prefix, 'lib')).catch(() => [])).filter((name) => /^python3\.\d+$/.test(name))
  const folders = [
    ...libraries.map((name) => join(prefix, 'lib', name, 'site-packages')),
    join(shared, 'lab/themes'),
    ...(await foldersBelow(join(shared, 'labextensions'), 3)),
  ]
  const times = await Promise.all(folders.sort().map(async (folder) => [folder, await changedAt(folder)]))
  return `sha256:${createHash('sha256')
    .update(JSON.stringify([prefix, lab, times]))
    .digest('hex')}`
}

/** Returns a folder and those in it, as deep as names of extensions and their own folders go. */
async function foldersBelow(folder: string, levels: number): Promise<string[]> {
  if (levels === 0) return [folder]
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const folders = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
  return [folder, ...(await Promise.all(folders.map((one) => foldersBelow(one, levels - 1)))).flat()]
}

async function changedAt(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
}
