import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { getPriority, constants as os } from 'node:os'
import { brotliCompressSync, brotliDecompressSync, constants as zlib } from 'node:zlib'
import { type BestLimits, openBestBrotli } from '../../../hub/static-files/best.ts'
import { until } from '../../helpers/until.ts'

const ample: BestLimits = { fileMilliseconds: 100_000, milliseconds: 100_000, bytesOfFile: 2 ** 20 }

describe('what compresses static files at its best', () => {
  let stopping: AbortController
  let text: Buffer

  before(async () => {
    text = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url))
  })
  beforeEach(() => {
    stopping = new AbortController()
  })
  afterEach(() => stopping.abort())

  const open = (limits: Partial<BestLimits> = {}) => openBestBrotli(stopping.signal, { ...ample, ...limits })

  /** Returns the ids of the processes that this process has running for that. */
  async function running(): Promise<number[]> {
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
    const own = await Promise.all(
      ids.map(async (id) => {
        const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')
        const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
        const parent = Number(stat.split(') ')[1]?.split(' ')[1])
        return command.includes('best-process.ts') && parent === process.pid
      }),
    )
    return ids.filter((_, at) => own[at])
  }

  it('leaves less than the quality that is quick, by one process of low priority for all files', async function () {
    if (process.platform !== 'linux') this.skip()
    const best = open()
    const made = await best.compress(text)
    const quick = brotliCompressSync(text, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } })
    assert.ok(made !== undefined && made.length < quick.length * 0.97, `${made?.length} of ${quick.length}`)
    assert.ok(brotliDecompressSync(made).equals(text))
    const first = await running()
    assert.deepEqual(first.map(getPriority), [os.priority.PRIORITY_BELOW_NORMAL])
    assert.ok((await best.compress(text))?.equals(made))
    assert.deepEqual(await running(), first)
    best.close()
    await until(async () => (await running()).length === 0, 'the end of the process')
  })

  it('gives up where a file takes too long, and for all files after it', async () => {
    const best = open({ fileMilliseconds: 1 })
    assert.equal(await best.compress(text), undefined)
    assert.equal(await best.compress(Buffer.from('x')), undefined)
    if (process.platform === 'linux') await until(async () => (await running()).length === 0, 'the end of the process')
  })

  it('begins no file after the time for all of them, and none that is too large', async () => {
    const late = open({ milliseconds: 1 })
    assert.notEqual(await late.compress(text), undefined)
    assert.equal(await late.compress(text), undefined)
    const small = open({ bytesOfFile: 10 })
    assert.equal(await small.compress(text), undefined)
    assert.equal((await small.compress(Buffer.from('0123456789')))?.length, 14)
  })

  it('ends at once when the hub stops', async () => {
    const best = open()
    const large = Buffer.concat(Array.from({ length: 10 }, (_, at) => text.map((byte) => byte ^ at))).subarray(
      0,
      2 ** 20,
    )
    const working = best.compress(large)
    stopping.abort()
    assert.equal(await working, undefined)
    assert.equal(await best.compress(text), undefined)
  })
})
