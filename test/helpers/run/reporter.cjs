// Prints Mocha's own report, a line for each test that failed, what the tests took of the processors, and a last line with
// the number of skipped tests, for people and for programs.
const { readFileSync } = require('node:fs')
const { relative } = require('node:path')
const { reporters, Runner } = require('mocha')

module.exports = class Report extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const failed = new Set()
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test) => {
      failed.add(`${relative('', test.file ?? '')}: ${test.fullTitle().replace(/\s+/g, ' ')}`)
    })
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats
      for (const test of failed) process.stdout.write(`failed: ${test}\n`)
      const seconds = processorSeconds()
      if (seconds !== undefined) process.stdout.write(`${seconds.toFixed(1)} s of the processors\n`)
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`)
    })
  }
}

/** Returns what this process and those that it has started, and that have ended, took of the processors. Only Linux tells. */
function processorSeconds() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // Behind the name, which may contain spaces: own times and times of the children, in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  } catch {
    return undefined
  }
}
