import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { docker, loadedImage } from './docker.ts'
import type { TestImage } from './started.ts'

export interface Derived {
  /** Default: `tiny`. */
  base?: TestImage
  /** Files by their absolute path. */
  files?: Record<string, string>
  /** Paths of files that are programs. */
  programs?: string[]
  links?: Record<string, string>
  /** Lines of a Dockerfile that change the image's settings: `USER root`. */
  changes?: string[]
}

/** Returns the name of an image that is made of a test image and these changes, unless the engine has it. */
export async function derivedImage(name: string, derived: Derived): Promise<string> {
  const base = await loadedImage(derived.base ?? 'tiny')
  const tag = createHash('sha256').update(base).update(JSON.stringify(derived)).digest('hex').slice(0, 12)
  const image = `carrel.test/${name}:${tag}`
  if (await has(image)) return image
  const { files = {}, programs = [], links = {}, changes = [] } = derived
  const container = await docker.createContainer({ name: `carrel-test-${randomBytes(6).toString('hex')}`, Image: base })
  const folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  try {
    const root = join(folder, 'root')
    await mkdir(root)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
      await chmod(join(root, path), programs.includes(path) ? 0o755 : 0o644)
    }
    for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path))
    const archive = join(folder, 'root.tar')
    await promisify(execFile)('tar', [
      '--numeric-owner',
      '--owner=1000',
      '--group=1000',
      '-C',
      root,
      '-cf',
      archive,
      '.',
    ])
    await container.putArchive(archive, { path: '/' })
    await container.commit({ repo: `carrel.test/${name}`, tag, changes })
  } finally {
    await container.remove({ force: true })
    await rm(folder, { recursive: true })
  }
  return image
}

async function has(image: string): Promise<boolean> {
  return docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}
