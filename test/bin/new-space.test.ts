import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

describe('the space for new objects', () => {
  const file = pathToFileURL(`${import.meta.dirname}/../../bin/boot/new-space.js`)

  /** Returns the size of the space in MiB, after a process has made many objects and kept each for a while. */
  async function sizeAfterWork(before: string): Promise<number> {
    const program = `
      import { getHeapSpaceStatistics } from 'node:v8'
      ${before}
      const kept = []
      for (let turn = 0; turn < 2000; turn += 1) {
        for (let at = 0; at < 4000; at += 1) kept[(turn * 4000 + at) % 400_000] = { at, list: [at] }
        await new Promise((resolve) => setImmediate(resolve))
      }
      const space = getHeapSpaceStatistics().find((each) => each.space_name === 'new_space')
      console.log(space.space_size / 1024 / 1024)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
    return Number(stdout)
  }

  it('stays small where a process asks for it, and would not otherwise', async () => {
    const small = `import { keepNewSpaceSmall } from '${file}'; keepNewSpaceSmall()`
    const [limited, free] = await Promise.all([sizeAfterWork(small), sizeAfterWork('')])
    assert.ok(limited < 64 && free >= 64, `${limited} and ${free} MiB`)
  })
})
