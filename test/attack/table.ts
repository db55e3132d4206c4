import assert from 'node:assert/strict'
import type { Rule } from './rules.ts'

/** One line of the suite. */
export interface Attack {
  /** What the attacker does. */
  name: string
  /** What must stop it. */
  rule: Rule
  /** Does it and says what came of it, in few words. */
  attempt(): Promise<unknown>
  /** What comes of it as long as the rule stands. */
  expected: unknown
}

/** Makes a test of each line. */
export function attacks(table: readonly Attack[]): void {
  for (const { name, rule, attempt, expected } of table) {
    it(`${rule}: ${name}`, async () => {
      assert.deepEqual(await attempt(), expected)
    })
  }
}
