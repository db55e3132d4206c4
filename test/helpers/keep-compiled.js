// Lets Node keep what it compiles for the next group, so that a group begins in half the time. This is JavaScript, as all
// of `bin/boot/`, because Node loads its compiler of TypeScript for the first file of TypeScript that it has not kept.
import { enableCompileCache } from 'node:module'
import { openCompileCache } from '../../bin/boot/compile-cache.js'

// What is counted line by line must be compiled anew.
const folder = process.env.NODE_V8_COVERAGE === undefined ? openCompileCache('tests', process.env) : undefined
if (folder !== undefined) {
  const usual = process.umask(0o077)
  enableCompileCache(folder)
  process.umask(usual)
}
