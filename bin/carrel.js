#!/usr/bin/env node
// @ts-check
/** The program. `carrel start` is a process that only looks after others; the command line is `carrel.ts`. */
import './boot/prepare.js'

await (process.argv[2] === 'start' ? import('./start/main.ts') : import('./carrel.ts'))
