// @ts-check
/** Prepares Node for a quick start and little memory. An entry of the program imports this file first. */
import { readFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { openCompileCache } from './compile-cache.js'
import { keepMemoryLean } from './lean-memory.js'
import { keepModulesLean } from './lean-modules.js'

// Files that a command writes are closed to other users, whatever the folder's mode.
process.umask(0o077)
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const cache = openCompileCache(version, process.env)
if (cache !== undefined) {
  enableCompileCache(cache)
  // Node writes what it has compiled when a process ends, which a process that is killed does not live to see.
  setTimeout(flushCompileCache, 10_000).unref()
}
keepModulesLean()
keepMemoryLean()
