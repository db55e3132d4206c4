import assert from 'node:assert/strict'
import { type CullLimits, durationText, judgeServer, judgeUser } from '../../culler/policy.ts'
import { server, user } from './fake-hub.ts'

const lastActivity = '2026-01-01T10:00:00.000Z'
const limits: CullLimits = { idleSeconds: 900, maxAgeSeconds: 14_400 }

describe('culling policy', () => {
  type Case<T> = [string, Partial<T>, 'keep' | 'age' | 'idle', RegExp, Partial<CullLimits>?]

  const servers: Case<ReturnType<typeof server>>[] = [
    ['just used', { idle_seconds: 10 }, 'keep', /idle for 10 s, the limit is 15 min/],
    ['idle a second too short', { idle_seconds: 899 }, 'keep', /idle for 14 min/],
    ['idle exactly long enough', { idle_seconds: 900 }, 'idle', /idle for 15 min, the limit is 15 min/],
    ['idle for hours', { idle_seconds: 7500 }, 'idle', /idle for 2 h 5 min/],
    ['busy', { activity: 'active', reason: 'kernel 3f is busy' }, 'keep', /in use: kernel 3f is busy/],
    ['busy and idle for long', { activity: 'active', idle_seconds: 5000 }, 'keep', /in use/],
    ['not known', { activity: 'unknown', idle_seconds: 5000, reason: 'no answer' }, 'keep', /not known: no answer/],
    ['idle for an unknown time', { idle_seconds: null }, 'keep', /counts as active/],
    ['idle without a last activity', { idle_seconds: 900, last_activity: null }, 'keep', /counts as active/],
    ['too old and idle', { age_seconds: 14_400, idle_seconds: 5000 }, 'age', /4 h old, the limit is 4 h/],
    ['too old and busy', { age_seconds: 14_400, activity: 'active' }, 'age', /4 h old/],
    ['too old and not known', { age_seconds: 14_401, activity: 'unknown', idle_seconds: null }, 'age', /4 h old/],
    ['a second younger than that', { age_seconds: 14_399, activity: 'active' }, 'keep', /in use/],
    ['of unknown age', { age_seconds: null, activity: 'active' }, 'keep', /in use/],
    ['old without a limit', { age_seconds: 1e9, activity: 'active' }, 'keep', /in use/, { maxAgeSeconds: 0 }],
    ['idle without an age limit', { age_seconds: 1e9, idle_seconds: 900 }, 'idle', /idle/, { maxAgeSeconds: 0 }],
    [
      'idle less long than its own limit',
      { idle_seconds: 5000, cull: { idle_seconds: 7200 } },
      'keep',
      /its own limit is 2 h/,
    ],
    [
      'idle longer than its own limit',
      { idle_seconds: 60, cull: { idle_seconds: 60 } },
      'idle',
      /its own limit is 60 s/,
    ],
    [
      'younger than its own limit',
      { age_seconds: 20_000, cull: { max_age_seconds: 86_400 } },
      'keep',
      /the limit is 15 min/,
    ],
    [
      'older than its own limit',
      { age_seconds: 60, cull: { max_age_seconds: 60 } },
      'age',
      /60 s old, its own limit is 60 s/,
    ],
    ['old, and has no limit of its own', { age_seconds: 1e9, cull: { max_age_seconds: 0 } }, 'keep', /idle for 0 s/],
    [
      'old, with limits of its own for idleness only',
      { age_seconds: 14_400, cull: { idle_seconds: 1e9 } },
      'age',
      /the limit is 4 h/,
    ],
    [
      'idle, with limits of its own for its age only',
      { idle_seconds: 900, cull: { max_age_seconds: 0 } },
      'idle',
      /, the limit/,
    ],
    ['said by an older hub', { idle_seconds: 900, cull: null }, 'idle', /the limit is 15 min/],
    [
      'never to be stopped',
      { idle_seconds: 1e9, age_seconds: 1e9, cull: 'never' },
      'keep',
      /never stopped, as its own/,
    ],
    ['never to be stopped, but stopping', { pending: 'stop', cull: 'never' }, 'keep', /on its way: stop/],
    ['starting', { ready: false, pending: 'start', idle_seconds: 5000 }, 'keep', /on its way: start/],
    ['stopping', { pending: 'stop', age_seconds: 1e9 }, 'keep', /on its way: stop/],
    ['at rest', { ready: false, idle_seconds: 5000, age_seconds: 1e9 }, 'keep', /is not running/],
  ]
  for (const [what, facts, expected, reason, other] of servers) {
    it(`${expected === 'keep' ? 'keeps' : 'stops'} a server that is ${what}`, () => {
      const decision = judgeServer(server(facts), { ...limits, ...other })
      assert.equal(decision.action, expected === 'keep' ? 'keep' : 'remove')
      if (decision.action === 'remove') assert.equal(decision.seen, expected === 'age' ? undefined : lastActivity)
      assert.match(decision.reason, reason)
    })
  }

  const demo = (facts = {}) => ({ servers: { demo: server(facts) } })
  const users: Case<ReturnType<typeof user>>[] = [
    ['temporary and idle', { idle_seconds: 900 }, 'idle', /idle for 15 min/],
    ['temporary and recently active', { idle_seconds: 899 }, 'keep', /idle for 14 min/],
    ['temporary and too old', { age_seconds: 14_400 }, 'age', /4 h old/],
    ['temporary and of unknown activity', { idle_seconds: null }, 'keep', /not known/],
    ['temporary, old and without a last activity', { age_seconds: 1e9, last_activity: null }, 'keep', /not known/],
    ['no temporary user', { temporary: false, idle_seconds: 1e9, age_seconds: 1e9 }, 'keep', /no temporary user/],
    ['idle but has a server', { idle_seconds: 1e9, age_seconds: 1e9, ...demo() }, 'keep', /has a server/],
    ['idle but has one starting', { idle_seconds: 1e9, ...demo({ ready: false, pending: 'start' }) }, 'keep', /server/],
    [
      'idle but has a server that is never stopped',
      { idle_seconds: 1e9, ...demo({ cull: 'never' }) },
      'keep',
      /a server/,
    ],
    [
      'idle with one at rest that would never be stopped',
      { idle_seconds: 900, ...demo({ ready: false, cull: 'never' }) },
      'idle',
      /the limit is 15 min/,
    ],
    ['idle with one at rest', { idle_seconds: 900, ...demo({ ready: false }) }, 'idle', /idle/],
  ]
  for (const [what, facts, expected, reason] of users) {
    it(`${expected === 'keep' ? 'keeps' : 'removes'} a user who is ${what}`, () => {
      const decision = judgeUser(user('u', facts), limits)
      assert.equal(decision.action, expected === 'keep' ? 'keep' : 'remove')
      if (decision.action === 'remove') assert.equal(decision.seen, lastActivity)
      assert.match(decision.reason, reason)
    })
  }

  it('writes durations in words', () => {
    const words = [0, 1.4, 119, 120, 3599, 3600, 3660, 14_400].map(durationText)
    assert.deepEqual(words, ['0 s', '1 s', '119 s', '2 min', '59 min', '1 h', '1 h 1 min', '4 h'])
  })
})
