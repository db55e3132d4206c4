// @ts-check
/** The planner, a process of its own: runs the command `start`, which ends as soon as everything is up. */
import '../boot/prepare.js'

await import('../carrel.ts')
