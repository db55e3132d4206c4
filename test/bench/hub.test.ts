import assert from 'node:assert/strict'
import { benchHub } from '../../bench/hub/hub.ts'
import type { Measured } from '../../bench/hub/phases.ts'
import { goals, hubHeld, hubTable, ratioOf } from '../../bench/hub/verdict.ts'

const tiny = {
  rounds: 1,
  users: 60,
  starts: 20,
  atOnce: 10,
  seconds: 0.1,
  callers: 3,
  running: 10,
  manyUsers: 120,
  manyRunning: 20,
  settleSeconds: 0,
  aloneSeconds: 1,
  signal: new AbortController().signal,
}

describe('the benchmark of the hub', () => {
  it('measures a real hub in all its parts, and finds nothing of the kind that it looks for', async () => {
    const { rows, held, notes } = await benchHub({
      plan: tiny,
      only: ['bulk', 'lists', 'user', 'starts', 'restart', 'stalls'],
      peer: undefined,
      report: () => undefined,
    })
    for (const { what, values } of rows) {
      assert.deepEqual(Object.keys(values), ['Carrel'], what)
      assert.ok(
        Object.values(values)
          .flat()
          .every((value) => value > 0),
        what,
      )
    }
    const named = rows.map(({ what }) => what).join()
    for (const part of [/60 users made/, /pages of 50/, /api\/user/, /starts a second/, /with 120 users, 20 servers/])
      assert.match(named, part)
    assert.ok(Array.isArray(held))
    assert.match(notes.join(), /^Carrel waited for a core in \d+ % of the measured time, \d+ % at most\.$/)
  })

  it('ends at once when it is interrupted, and loses nothing of what it has measured', async () => {
    const interrupted = new AbortController()
    const { rows, failure } = await benchHub({
      plan: { ...tiny, seconds: 600, signal: interrupted.signal },
      only: ['bulk', 'user'],
      peer: undefined,
      report: (line) => {
        if (line === 'measuring user') setImmediate(() => interrupted.abort(new Error('interrupted')))
      },
    })
    assert.equal(failure, 'interrupted')
    assert.equal(rows.length, 2)
  })

  const row = (ours: number[], theirs: number[], more?: boolean): Measured => ({
    what: 'x',
    unit: 'ms',
    goal: 10,
    ...(more && { more }),
    values: { Carrel: ours, JupyterHub: theirs },
  })

  it('says how many times as good our hub is, whichever way is better', () => {
    assert.equal(ratioOf(row([2, 1, 3], [20, 40, 60])), 20)
    assert.equal(ratioOf(row([400], [40], true)), 10)
    assert.equal(ratioOf({ what: 'x', unit: '', values: { Carrel: [1] } }), undefined)
  })

  it('says which goals are reached', () => {
    const start = (users: number, milliseconds: number): Measured => ({
      what: `start with ${users} users: it answers after`,
      unit: 'ms',
      values: { Carrel: [milliseconds] },
    })
    const shared = { 'one hub': [4, 4, 4], 'two hubs': [4.2, 4.3, 4.2] }
    const rows = [
      row([1], [9.5]),
      start(10, 300),
      start(100, 400),
      { what: 'memory with 100 users', unit: 'MB', values: { Carrel: [129] } },
      { what: 'PostgreSQL: processor time of a start', unit: 'ms', values: shared },
    ]
    const held = [{ part: 'starts', at: 0, milliseconds: 60, by: [{ stack: ['query', 'act'], milliseconds: 40 }] }]
    assert.deepEqual(
      goals({ rows, held, notes: [] }).map(({ what, isMet }) => [what, isMet]),
      [
        ['x', false],
        ['a start with the most users', true],
        ['a start is flat in users', false],
        ['memory with the most users', true],
        ['two hubs cost as much as one', true],
        ['the event loop is never held over 50 ms', false],
      ],
    )
    assert.match(hubHeld({ rows, held, notes: [] }), /starts: 1 times, 60 ms at most\n.*\n.*\n +40 ms {2}query < act$/)
    assert.match(hubTable({ rows, held, notes: [] }), /^x, ms +1\.00 +9\.50 +9\.5 +10$/m)
  })
})
