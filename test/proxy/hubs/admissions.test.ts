import assert from 'node:assert/strict'
import { admissionLimits, createAdmissions } from '../../../proxy/hubs/admissions.ts'
import type { Hubs } from '../../../proxy/hubs/hubs.ts'
import { createCounters } from '../../../proxy/metrics/counters.ts'
import { accessOf } from '../world.ts'

type Answer = Awaited<ReturnType<Hubs['checkToken']>>

const tokenOf = (count: number) => `carrel-user-${String(count).padStart(43, '0')}`
const seat = { id: 'x', server: 's1', run: 1, user: 'u1', issued: 0 }

describe('remembered admissions', () => {
  let asked: number
  let answer: () => Promise<Answer>
  let show: (count: number, address?: string) => Promise<string>

  beforeEach(() => {
    asked = 0
    answer = async () => 'unknown'
    const checkToken = async () => {
      asked += 1
      return answer()
    }
    const admissions = createAdmissions({ checkToken }, () => 1000, createCounters())
    const admitted = accessOf()
    show = async (count, address = `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`) =>
      (await admissions.check([tokenOf(count)], admitted, { address, cause: { request: 'r', traceparent: '' } })).state
  })

  const cases: [string, Answer, number, string][] = [
    ['wrong tokens', 'unknown', admissionLimits.refusals, 'refused'],
    ['good ones', { seat, milliseconds: 100_000 }, admissionLimits.passes, 'valid'],
  ]
  for (const [what, said, most, state] of cases) {
    it(`hold a limited number of ${what}, and forget those not shown for longest`, async () => {
      answer = async () => said
      for (let count = 0; count <= most; count += 1) assert.equal(await show(count), state)
      assert.equal(asked, most + 1)
      await show(most)
      await show(1)
      assert.equal(asked, most + 1)
      await show(0)
      assert.equal(asked, most + 2)
    })
  }

  it('limit the wrong tokens of each client by itself, and not its known ones', async () => {
    answer = async () => ({ seat, milliseconds: 100_000 })
    assert.equal(await show(0, 'school'), 'valid')
    answer = async () => 'unknown'
    const { burst } = admissionLimits.failures
    const shown = await Promise.all(Array.from({ length: burst + 10 }, (_, count) => show(count + 1, 'school')))
    assert.equal(shown.filter((state) => state === 'rate-limited').length, 10)
    assert.equal(asked, burst + 1)
    assert.equal(await show(0, 'school'), 'valid')
    assert.equal(await show(9999, 'home'), 'refused')
  })

  it('do not count good tokens, nor tokens that no hub could judge', async () => {
    for (const said of [{ seat, milliseconds: 100_000 }, 'unreachable'] as const) {
      answer = async () => said
      for (let count = 0; count < 3 * admissionLimits.failures.burst; count += 1) {
        assert.notEqual(await show(count + (said === 'unreachable' ? 5000 : 0), 'school'), 'rate-limited')
      }
    }
  })

  it('have a limited number of questions under way', async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    answer = () => promise
    const waiting = Array.from({ length: admissionLimits.asking }, (_, count) => show(count))
    assert.equal(await show(9999), 'rate-limited')
    resolve('unknown')
    assert.deepEqual([...new Set(await Promise.all(waiting))], ['refused'])
    assert.equal(await show(9999), 'refused')
    assert.equal(asked, admissionLimits.asking + 1)
  })
})
