/**
 * The contract suite of files: it tests the promises of `spawners/files.ts` for any spawner, against the real thing, as
 * `contract.ts` does with those of `spawners/spawner.ts`. The test of a spawner with homes calls `describeFiles`.
 *
 * What a home holds is read by errands, so the suite needs no way of its own into an engine.
 */
import type { Context } from 'mocha'
import { describeAnswers } from './files/answers.ts'
import { describeBundles } from './files/bundles.ts'
import { describeCopies } from './files/copies.ts'
import { describeErrands } from './files/errands.ts'
import { describeHomes } from './files/homes.ts'
import { newFilesSuite } from './files/suite.ts'
import type { FilesWorld } from './files/world.ts'

/**
 * Defines the suite. `setUp` makes the world, or skips (`requirePart(test, …)`) when its parts are missing. `homesOnly` is for a
 * second world of one spawner, in which only homes are kept in another way.
 */
export function describeFiles(
  name: string,
  setUp: (test: Context) => Promise<FilesWorld>,
  { homesOnly = false } = {},
): void {
  describe(`${name} keeps the contract of files`, function () {
    this.timeout(300_000)

    const suite = newFilesSuite()

    before(async function () {
      await suite.begin(await setUp(this))
    })
    afterEach(() => suite.tidy())
    after(() => suite.end())

    describeHomes(suite)
    describeCopies(suite)
    if (homesOnly) return
    describeBundles(suite)
    describeAnswers(suite)
    describeErrands(suite)
  })
}
