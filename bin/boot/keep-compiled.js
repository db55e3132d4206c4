// @ts-check
/** Lets Node keep what it compiles from now on. */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { openCompileCache } from './compile-cache.js'

const { readFileSync } = process.getBuiltinModule('node:fs')

// Files that a command writes are closed to other users, whatever the folder's mode.
process.umask(0o077)
const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'))
const cache = openCompileCache(version, process.env)
if (cache !== undefined) {
  enableCompileCache(cache)
  // Node writes what it has compiled when a process ends, which a process that is killed does not live to see.
  setTimeout(flushCompileCache, 10_000).unref()
}
