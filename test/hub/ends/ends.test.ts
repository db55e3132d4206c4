import assert from 'node:assert/strict'
import { judgeServer } from '../../../culler/policy.ts'
import type { Activity } from '../../../hub/db/servers/activity.ts'
import { openMilliseconds } from '../../../hub/db/servers/desks.ts'
import { limitsFor, nextEnd, type ServerEnd, warnSeconds } from '../../../hub/ends/ends.ts'
import { isAnyOpen } from '../../../hub/ends/warned.ts'
import { endInWords } from '../../../hub/ends/words.ts'
import { idlenessOf } from '../../../hub/servers/idleness.ts'
import { server as listed } from '../../culler/fake-hub.ts'

const now = 1_000_000_000
const second = 1000
const clock = {
  known: now - 10 * second,
  now,
  collectMilliseconds: 30 * second,
  quietMilliseconds: 300 * second,
  probeMilliseconds: 60 * second,
}
const told = { idleSeconds: 900, maxAgeSeconds: 14_400 }

describe('the end of a server', () => {
  const seen = (more: Partial<Activity>): Activity => ({
    server: 'a',
    run: 1,
    lastActivity: now - 800 * second,
    probed: now - 30 * second,
    result: 'idle',
    reason: 'no kernel is busy',
    ...more,
  })
  const server = { run: 1, started: now - 4000 * second }
  const limits = limitsFor(told, undefined)
  const age = { why: 'age', seconds: 10_400 }
  const traffic = { result: 'active', probed: undefined } as const

  const cases: [string, Activity | undefined, Partial<typeof clock> | { known: undefined }, object][] = [
    ['nothing happens', seen({}), {}, { why: 'idle', seconds: 100, warn: true }],
    ['the limit is over', seen({ lastActivity: now - 2000 * second }), {}, { why: 'idle', seconds: 0, warn: true }],
    [
      'it had traffic',
      seen({ ...traffic, lastActivity: now - 60 * second }),
      {},
      { why: 'idle', seconds: 840, warn: false },
    ],
    [
      'its traffic has ceased and it will be asked',
      seen({ ...traffic, lastActivity: now - 310 * second }),
      {},
      { seconds: 590 },
    ],
    [
      'it was kept since it was asked',
      seen({ probed: now - 250 * second, lastActivity: now - 200 * second }),
      {},
      { seconds: 700 },
    ],
    ['a kernel is busy', seen({ result: 'active', lastActivity: now - 30 * second }), {}, age],
    ['it does not answer', seen({ result: 'unknown' }), {}, age],
    ['it was not asked', seen({ probed: now - 400 * second }), {}, age],
    ['its traffic is of an earlier run', seen({ run: 0 }), {}, age],
    ['nothing was seen', undefined, {}, age],
    ['a proxy is silent', seen({}), { known: now - 100 * second }, age],
    ['a proxy has never told', seen({}), { known: undefined }, age],
  ]
  for (const [what, activity, more, expected] of cases) {
    it(`is told when ${what}`, () => {
      const end = nextEnd({ server, activity, clock: { ...clock, ...more }, limits })
      assert.partialDeepStrictEqual(end, expected)
    })
  }

  it('goes by the limits of the run before those of the culler, and is not known without a culler', () => {
    assert.deepEqual(limitsFor(undefined, { idleSeconds: 60 }), { idleSeconds: undefined, maxAgeSeconds: undefined })
    assert.deepEqual(limitsFor(told, 'never'), { idleSeconds: undefined, maxAgeSeconds: undefined })
    assert.deepEqual(limitsFor(told, { maxAgeSeconds: 0 }), { idleSeconds: 900, maxAgeSeconds: undefined })
    assert.deepEqual(limitsFor(told, { idleSeconds: 60 }), { idleSeconds: 60, maxAgeSeconds: 14_400 })
    assert.equal(nextEnd({ server, activity: seen({}), clock, limits: limitsFor(told, 'never') }), undefined)
  })

  it('is in words', () => {
    const end = (more: Partial<ServerEnd>) => ({
      ...{
        why: 'idle' as const,
        at: now,
        seconds: 240,
        warn: true,
        lastActivity: now - 3660 * second,
        limitSeconds: 3900,
      },
      ...more,
    })
    const words = [
      {},
      { seconds: 3900, warn: false },
      { seconds: 0 },
      { why: 'age' as const, seconds: 100, limitSeconds: 14_460 },
    ]
    assert.deepEqual(
      words.map((more) => String(endInWords(end(more), now))),
      [
        'stops in 4 minutes because nothing has happened for an hour and a minute',
        'stops in an hour and 5 minutes if nothing happens until then',
        'may stop at any moment because nothing has happened for an hour and a minute',
        'stops in 2 minutes because no notebook server runs longer than 4 hours and a minute here',
      ],
    )
    assert.equal(
      endInWords(end({}), now).plain('fr'),
      's’arrête dans 4 minutes car il ne s’y passe rien depuis une heure et une minute',
    )
  })

  it('is warned of five minutes before, or a fifth of the limit if that is less', () => {
    assert.deepEqual([3600, 1500, 900, 60].map(warnSeconds), [300, 300, 180, 12])
  })

  it('finds a desk closed only where a hub was there long enough to be asked by it', () => {
    const ago = (milliseconds: number) => ({ seen: now - milliseconds })
    assert.equal(isAnyOpen([], { now, hubsSince: now }), false)
    assert.equal(isAnyOpen([ago(openMilliseconds)], { now, hubsSince: 0 }), false)
    assert.equal(isAnyOpen([ago(openMilliseconds), ago(openMilliseconds - 1)], { now, hubsSince: 0 }), true)
    assert.equal(isAnyOpen([ago(openMilliseconds)], { now, hubsSince: now - openMilliseconds + 1 }), true)
    assert.equal(isAnyOpen([ago(openMilliseconds)], { now, hubsSince: undefined }), true)
  })

  // A day of a learner, of the hub that collects and asks, and of the real culler's policy, for many learners.
  for (const every of [60, 300]) {
    it(`is never told later than the real stop, nor earlier than a round of ${every} s and the hub's own looks allow`, () => {
      let stops = 0
      for (let seed = 1; seed <= 60; seed += 1) stops += liveThrough(seed, every)
      assert.ok(stops > 50)
    })
  }

  function liveThrough(seed: number, every: number): number {
    const random = createRandom(seed)
    const idleSeconds = [60, 400, 900, 3600][seed % 4] as number
    const limits = limitsFor({ idleSeconds, maxAgeSeconds: seed % 3 === 0 ? 9000 : 0 }, undefined)
    const begin = now
    const run = { run: 1, started: begin }
    let row: Activity = seen({ ...traffic, lastActivity: begin })
    let known = begin
    let lastTraffic = begin
    let busyUntil = 0
    let lastActivity = begin
    let ends: ServerEnd[] = []
    for (let at = begin; at < begin + 40_000 * second; at += 5 * second) {
      const passed = (at - begin) / second
      if (random() < 0.0012) lastTraffic = at
      if (random() < 0.0005) busyUntil = at + random() * 3000 * second
      const isKept = random() < 0.001
      if (isKept) row = { ...row, lastActivity: at }
      if (passed % 30 === 0) {
        if (row.lastActivity + 2000 < lastTraffic) row = { ...row, ...traffic, lastActivity: lastTraffic }
        known = at
      }
      const spans = { collectMilliseconds: 30_000, quietMilliseconds: 300_000, probeMilliseconds: 60_000 }
      const clock = { known, now: at, ...spans }
      if (passed % 60 === 15 && at - row.lastActivity >= spans.quietMilliseconds)
        row =
          at < busyUntil
            ? { ...row, probed: at, result: 'active', lastActivity: at }
            : { ...row, probed: at, result: 'idle' }
      const end = nextEnd({ server: run, activity: row, clock, limits })
      // What was told before something happened does not count any more.
      const isBusy = row.result === 'active' && row.probed !== undefined
      if (row.lastActivity !== lastActivity || isBusy) ends = []
      lastActivity = row.lastActivity
      if (end !== undefined && !isBusy) ends.push(end)
      if (passed % every !== 35) continue
      const { idleMilliseconds, activity, reason } = idlenessOf(row, 1, clock)
      const decision = judgeServer(
        listed({
          ...{ activity, reason, last_activity: new Date(row.lastActivity).toISOString() },
          idle_seconds: idleMilliseconds === undefined ? null : idleMilliseconds / 1000,
          age_seconds: (at - run.started) / 1000,
        }),
        { idleSeconds, maxAgeSeconds: limits.maxAgeSeconds ?? 0 },
      )
      if (decision.action === 'keep') continue
      const last = end
      assert.ok(last !== undefined && last.seconds === 0 && last.warn, `seed ${seed}: nothing was told at the stop`)
      for (const { why, at: toldAt } of ends) {
        assert.ok(toldAt <= at, `seed ${seed}: told ${(toldAt - at) / 1000} s later than the stop`)
        // Collected, asked, and, where the limit is shorter than that, not asked before it has been quiet.
        const looks = 30 + 60 + 35 + (idleSeconds < 300 ? 300 : 0)
        if (why === last.why)
          assert.ok(at - toldAt <= (every + looks) * second, `seed ${seed}: told ${(at - toldAt) / 1000} s earlier`)
      }
      return 1
    }
    return 0
  }
})

/** Returns numbers from 0 to 1 that are the same in each run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}
