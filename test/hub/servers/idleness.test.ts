import assert from 'node:assert/strict'
import type { Activity } from '../../../hub/db/servers/activity.ts'
import { idlenessOf } from '../../../hub/servers/idleness.ts'

describe('idleness', () => {
  const now = 1_000_000_000
  const second = 1000
  const clock = {
    known: now - 10 * second,
    now,
    collectMilliseconds: 30 * second,
    quietMilliseconds: 300 * second,
    probeMilliseconds: 60 * second,
  }
  const seen = (more: Partial<Activity>): Activity => ({
    server: 'a',
    run: 1,
    lastActivity: now - 1000 * second,
    probed: now - 30 * second,
    result: 'idle',
    reason: 'no kernel is busy',
    ...more,
  })
  const cases: [
    string,
    Activity | undefined,
    Partial<typeof clock> | { known: undefined },
    string,
    number | undefined,
  ][] = [
    ['probed and quiet', seen({}), {}, 'idle', 990 * second],
    ['busy just now', seen({ result: 'active', lastActivity: now, reason: 'kernel 1 is busy' }), {}, 'active', 0],
    [
      'there was recent traffic',
      seen({ result: 'active', probed: undefined, lastActivity: now - 200 * second }),
      {},
      'active',
      0,
    ],
    ['quiet, but not probed yet', seen({ result: 'active', probed: undefined }), {}, 'unknown', undefined],
    ['probed long ago', seen({ probed: now - 400 * second }), {}, 'unknown', undefined],
    ['never probed', seen({ probed: undefined }), {}, 'unknown', undefined],
    ['its answer is unclear', seen({ result: 'unknown', reason: 'it answered 500' }), {}, 'unknown', undefined],
    ['of an earlier run', seen({ run: 0 }), {}, 'unknown', undefined],
    ['never seen', undefined, {}, 'unknown', undefined],
    ['a proxy has never reported', seen({}), { known: undefined }, 'unknown', undefined],
    ['a proxy has been silent', seen({}), { known: now - 100 * second }, 'unknown', undefined],
    ['active after the last report', seen({ lastActivity: now }), {}, 'idle', 0],
  ]
  for (const [what, activity, more, result, idle] of cases) {
    it(`is ${result} when ${what}`, () => {
      const answer = idlenessOf(activity, 1, { ...clock, ...more })
      assert.deepEqual([answer.activity, answer.idleMilliseconds], [result, idle])
      assert.ok(answer.reason.length > 5)
    })
  }
})
