// Mocha's own report, and a closing line that says how many were skipped, for people and for CI.
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
