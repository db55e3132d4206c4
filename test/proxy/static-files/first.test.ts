import assert from 'node:assert/strict'
import { learnFirstFiles } from '../../../proxy/static-files/first.ts'

const digest = 'ab'.repeat(32)
const files = (count: number, name = 'a') => Array.from({ length: count }, (_, at) => `static/lab/${name}${at}.js`)

describe('the files for which a program asks when it opens', () => {
  /** Has browsers ask for files at runs, of which each is another user's unless it is named like `user/run`. */
  const opened = (runs: [run: string, files: string[], at?: number][], bytes = 1000) => {
    const first = learnFirstFiles()
    for (const [run, asked, at = 0] of runs) {
      const [user = ''] = run.split('/')
      for (const path of asked) first.asked(digest, { user, run, path, bytes }, at)
    }
    return first.of(digest)
  }

  it('are those of the first opening, in its order', () => {
    const asked = files(30).reverse()
    assert.deepEqual(opened([['1', asked]]), asked)
    assert.deepEqual(learnFirstFiles().of(digest), [])
  })

  it('are those for which most openings have asked, in the order of the latest', () => {
    const common = files(30)
    const latest = [...files(5, 'c'), ...common.toReversed()]
    assert.deepEqual(
      opened([
        ['1', [...common, ...files(5, 'b')]],
        ['2', common],
        ['3', latest],
      ]),
      common.toReversed(),
    )
  })

  it('are not those for which one learner asks by herself beside others', () => {
    const common = files(30)
    assert.deepEqual(
      opened([
        ['1', common],
        ['2', common],
        ['hostile', files(200, 'x')],
      ]),
      common,
    )
    assert.deepEqual(
      opened([
        ['hostile', [...common, ...files(170, 'x')]],
        ['1', common],
        ['2', common],
      ]),
      common,
    )
    assert.equal(opened([['hostile', files(5000)]]).length, 200)
  })

  it('are not those of one learner who opens again and again', () => {
    const common = files(30)
    const others = ['1', '2', '3', '4', '5', '6'].map((user): [string, string[]] => [user, common])
    const again = Array.from({ length: 10 }, (_, at): [string, string[]] => [`hostile/${at}`, files(200, 'x')])
    assert.deepEqual(opened([...others, ...again]), common)
    assert.deepEqual(opened([...others.slice(0, 2), ...again]), common)
    assert.deepEqual(opened([...again, ...others.slice(0, 2)]), common)
    // Openings that tell nothing push out none that do.
    const empty = again.map(([run]): [string, string[]] => [run, files(3, 'x')])
    assert.deepEqual(opened([...others.slice(0, 1), ...empty]), common)
  })

  it('are those of the latest opening of a learner that tells anything', () => {
    const [old, now] = [files(30), files(30, 'n')]
    assert.deepEqual(
      opened([
        ['her/1', old],
        ['her/2', now],
      ]),
      now,
    )
    assert.deepEqual(
      opened([
        ['her/1', old],
        ['her/2', files(3, 'n')],
        ['her/3', files(3, 'n')],
      ]),
      old,
    )
  })

  it('are no more bytes than a program needs, whatever a learner asks for', () => {
    assert.equal(opened([['hostile', files(200)]], 100_000).length, 41)
  })

  it('are not changed by browsers that have most of them, and by what comes later', () => {
    const common = files(30)
    const again = Array.from({ length: 20 }, (_, at): [string, string[]] => [`again ${at}`, files(3, 'y')])
    assert.deepEqual(opened([['1', common], ['1', files(3, 'late'), 30_000], ...again]), common)
  })

  it('are forgotten of images that were not opened for long', () => {
    const first = learnFirstFiles()
    for (let image = 0; image <= 20; image += 1)
      for (const file of files(30)) first.asked(String(image), { user: 'her', run: 'run', path: file, bytes: 1 }, 0)
    assert.deepEqual(first.of('0'), [])
    assert.equal(first.of('1').length, 30)
  })
})
