#!/usr/bin/env node
// @ts-check
/** The program. `carrel start` is a process that only looks after others; the command line is `carrel.ts`. */
import { refuseOldNode } from './boot/old-node.js'

refuseOldNode()
await import('./boot/keep-compiled.js')
const { keepMemoryLean } = await import('./boot/lean-memory.js')
keepMemoryLean()
if (process.argv[2] === 'start') {
  await import('./start/main.ts')
} else {
  const { keepModulesLean } = await import('./boot/lean-modules.js')
  keepModulesLean()
  await import('./carrel.ts')
}
