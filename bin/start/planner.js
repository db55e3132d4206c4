// @ts-check
/** The planner, a process of its own: runs the command `start`, which ends as soon as everything is up. */
import '../boot/keep-compiled.js'
import { keepMemoryLean } from '../boot/lean-memory.js'
import { keepModulesLean } from '../boot/lean-modules.js'

keepMemoryLean()
keepModulesLean()
await import('../carrel.ts')
