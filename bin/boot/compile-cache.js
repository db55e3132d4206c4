// @ts-check
/**
 * Where Node keeps compiled code between runs. Code in this folder runs as code of Carrel, so the folder must be one
 * that nobody else can write to or replace. Where there is no such folder, nothing is kept and everything works.
 *
 * This is JavaScript, as all of `bin/boot/`: Node loads its compiler of TypeScript, 17 MB, for the first file of
 * TypeScript that it does not find in the cache.
 */
import { dirname, isAbsolute, join } from 'node:path'

// An import would read all exports, one of which loads another 3 MB of Node.
const { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } = process.getBuiltinModule('node:fs')

/** The folder of another version is removed when nothing was added to it for this long. */
const unusedMilliseconds = 30 * 86_400_000

/**
 * Returns the folder for a version's compiled code, which is made where it is missing. Undefined when there is no user's
 * cache folder, when it cannot be written, or when others could put files into it.
 *
 * `mostFiles` is more than a version has. Files beyond that are of config files that were loaded once, and of checkouts
 * that are gone; then all are removed.
 *
 * @param {string} version
 * @param {NodeJS.ProcessEnv} env
 * @param {{ user?: number | undefined, mostFiles?: number | undefined }} [forTests]
 * @returns {string | undefined}
 */
export function openCompileCache(version, env, { user = process.getuid?.(), mostFiles = 5000 } = {}) {
  if (user === undefined) return undefined
  try {
    const base = realpathSync(makeFolder(userCache(env)))
    if (!isOutOfReach(base, user)) return undefined
    const own = makeFolder(join(base, 'carrel'))
    const versions = makeFolder(join(own, 'compiled'))
    if (![own, versions].every((folder) => isPrivate(folder, user))) return undefined
    const folder = makeFolder(join(versions, version))
    if (!isPrivate(folder, user)) return undefined
    removeUnused(versions, version)
    const inside = readdirSync(folder).map((name) => join(folder, name))
    if (!inside.every((path) => isPrivate(path, user))) return undefined
    if (inside.reduce((sum, path) => sum + readdirSync(path).length, 0) > mostFiles) {
      for (const path of inside) rmSync(path, { recursive: true, force: true })
    }
    return folder
  } catch {
    // The folder is missing and cannot be made, or is no folder, or another process removes it just now.
    return undefined
  }
}

/**
 * Returns the folder for the caches of all programs of this user.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function userCache({ XDG_CACHE_HOME: named, HOME: home }) {
  return named !== undefined && isAbsolute(named)
    ? named
    : join(home || process.getBuiltinModule('node:os').homedir(), '.cache')
}

/**
 * Makes a folder, closed to others, unless something has its name. Never makes the folders above it.
 *
 * @param {string} path
 */
function makeFolder(path) {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  return path
}

/**
 * Returns whether this is a folder itself, not a link to one, that belongs to the user and is closed to all others.
 *
 * @param {string} path
 * @param {number} user
 */
function isPrivate(path, user) {
  const found = lstatSync(path)
  return found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0
}

/**
 * Returns whether nobody but the user and root can rename this folder or one around it, and put another in its place.
 * In a folder with the sticky bit, such as /tmp, people cannot rename what belongs to others.
 *
 * @param {string} path
 * @param {number} user
 * @returns {boolean}
 */
function isOutOfReach(path, user) {
  const { uid, mode } = lstatSync(path)
  const isOwn = uid === user || uid === 0
  const isClosed = (mode & 0o022) === 0 || (mode & 0o1000) !== 0
  return isOwn && isClosed && (path === '/' || isOutOfReach(dirname(path), user))
}

/**
 * @param {string} versions
 * @param {string} version
 */
function removeUnused(versions, version) {
  for (const name of readdirSync(versions)) {
    const path = join(versions, name)
    if (name === version || Date.now() - lstatSync(path).mtimeMs < unusedMilliseconds) continue
    rmSync(path, { recursive: true, force: true })
  }
}
