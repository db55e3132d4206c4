/**
 * Decides what is tried a second time, and what that shows. A whole run drives real engines and real browsers on the few
 * cores of one machine, so one test in thousands may fail for nothing but that. It is not hidden: the run names it.
 */

/** A whole run has more groups than this, and a second try is for no more failed ones than that. */
const most = { groupsOfAPart: 20, failedGroups: 3 }

/** What the tests of one group came to. */
export interface Outcome {
  group: { files: string[] }
  output: string
  /** Passed, failed, skipped; undefined when Mocha did not come to its end. */
  counts: [number, number, number] | undefined
  /** What Mocha exited with. */
  exit: string
}

export function hasFailed({ exit, counts }: Outcome): boolean {
  return exit !== '0' || counts === undefined || counts[1] > 0
}

/** Returns the outcomes of a run whose groups are tried once more: those that failed, where they are few of a whole run. */
export function triedAgain<One extends Outcome>(outcomes: One[]): One[] {
  const failed = outcomes.filter(hasFailed)
  return outcomes.length > most.groupsOfAPart && failed.length <= most.failedGroups ? failed : []
}

/** Returns what counts of two tries: the second one, where it came to its end. */
export function counted<One extends Outcome>(first: One, second: One): One {
  return second.counts === undefined ? first : second
}

/** Returns the tests that failed at first and passed then, with their file. A group that has failed without a test is one too. */
export function unsteady(first: Outcome, second: Outcome): string[] {
  if (second.counts === undefined) return []
  const failed = failedTests(first)
  if (failed.length === 0) return hasFailed(second) ? [] : [`${first.group.files.join(' ')}: ${endOf(first)}`]
  const again = failedTests(second)
  return failed.filter((test) => !again.includes(test))
}

/** Says how a group ended whose tests did not fail. */
export function endOf({ counts, exit }: Outcome): string {
  return counts === undefined ? `ended with ${exit} before its tests had ended` : `exited with ${exit} after its tests`
}

/** Reads the lines of `reporter.cjs`. */
function failedTests({ output }: Outcome): string[] {
  return [...output.matchAll(/^failed: (.+)$/gm)].map(([, test = '']) => test)
}
