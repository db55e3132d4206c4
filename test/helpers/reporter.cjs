// Prints Mocha's own report, and a last line with the number of skipped tests, for people and for CI.
const { reporters, Runner } = require('mocha')

module.exports = class Report extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`)
    })
  }
}
