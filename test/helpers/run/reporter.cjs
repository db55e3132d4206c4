// Prints Mocha's own report, a line for each test that failed, and a last line with the number of skipped tests, for people
// and for programs.
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
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`)
    })
  }
}
