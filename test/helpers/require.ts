import type { Context } from 'mocha'

/** The real parts that some tests need beyond npm. CI names all of them in `CARREL_TEST_REQUIRE`. */
export type Part =
  | 'jupyter'
  | 'programs'
  | 'chromium'
  | 'firefox'
  | 'docker'
  | 'kubernetes'
  | 'nginx'
  | 'postgresql'
  | 'ssh'

const required = new Set((process.env.CARREL_TEST_REQUIRE ?? '').split(',').filter(Boolean))

/**
 * Skips the suite visibly when the part is missing, and fails instead when `CARREL_TEST_REQUIRE` names the part. Call
 * this function in `before(function () { … })`. `missing` says why the part is missing and what would provide it.
 */
export function requirePart(test: Context, part: Part, missing: string | undefined): void {
  if (missing === undefined) return
  if (required.has(part)) throw new Error(`CARREL_TEST_REQUIRE names ${part}, but ${missing}`)
  process.stderr.write(`  skipped, needs ${part}: ${missing}\n`)
  test.skip()
}
