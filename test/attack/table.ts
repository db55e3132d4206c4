import assert from 'node:assert/strict'
import type { Rule } from './rules.ts'

/** One attack of the suite. */
export interface Attack {
  /** The act of the attacker. A part behind a colon says what comes of it. */
  name: string
  /** The rule that must stop the attack. */
  rule: Rule
  /** Runs the attack and returns its result, in few words. */
  attempt(): Promise<unknown>
  /** The result of the attack while the rule is kept. */
  expected: unknown
}

/** Defines a test for each attack. */
export function attacks(table: readonly Attack[]): void {
  for (const { name, rule, attempt, expected } of table) {
    it(`${rule}: ${name}`, async () => {
      assert.deepEqual(await attempt(), expected)
    })
  }
}
