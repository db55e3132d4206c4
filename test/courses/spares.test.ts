import assert from 'node:assert/strict'
import { courseSchema } from '../../courses/course.ts'
import { mostSpares, sparesAt, sparesSchema } from '../../courses/spares.ts'

describe('the spares of a course', () => {
  const read = (value: unknown) => sparesSchema.safeParse(value)
  const refused: [unknown, RegExp][] = [
    [-1, /is a number/],
    [1.5, /is a number/],
    [5000, /is a number/],
    ['2', /is a number/],
    [{}, /either count or schedule/],
    [{ count: 1, schedule: [{ count: 2 }] }, /either count or schedule/],
    [{ count: 1, timeZone: 'UTC' }, /nothing without a schedule/],
    [{ schedule: [{ count: 1 }], timeZone: 'Mars/Olympus' }, /is no time zone/],
    [{ schedule: [{ count: 1, from: '8:00' }] }, /is no time of the day/],
    [{ schedule: [{ count: 1, from: '24:30' }] }, /is no time of the day/],
    [{ schedule: [{ count: 1, from: '18:00', to: '08:00' }] }, /later than from/],
    [{ schedule: [{ count: 1, days: ['monday'] }] }, /expected one of/],
    [{ count: 1, maxAge: 60 }, /Unrecognized key/],
    [{ count: 1, maxAgeSeconds: 1 }, />=60/],
  ]
  for (const [value, why] of refused) {
    it(`are not ${JSON.stringify(value)}`, () => {
      const { error } = read(value)
      assert.match(JSON.stringify(error?.issues), why)
    })
  }

  it('are as many at any time where a number says so', () => {
    assert.deepEqual(
      [2, { count: 2 }, 0].map((one) => sparesAt(read(one).data, 0)),
      [2, 2, 0],
    )
    assert.equal(sparesAt(undefined, 0), 0)
  })

  it('are as many as the hours say by the clocks of their zone, and none out of hours', () => {
    const schedule = [
      { days: ['mon', 'tue'], from: '08:00', to: '12:00', count: 20 },
      { days: ['mon'], from: '12:00', to: '24:00', count: 5 },
      { days: ['sun'], count: 1 },
    ]
    const spares = read({ schedule, timeZone: 'Europe/Paris' }).data
    // Clocks in Paris are an hour ahead of UTC in January and two hours in July.
    const table: [string, number][] = [
      ['2027-01-18T06:59Z', 0],
      ['2027-01-18T07:00Z', 20],
      ['2027-01-18T10:59Z', 20],
      ['2027-01-18T11:00Z', 5],
      ['2027-01-18T22:59Z', 5],
      ['2027-01-18T23:00Z', 0],
      ['2027-07-19T06:00Z', 20],
      ['2027-07-19T05:59Z', 0],
      ['2027-01-17T00:00Z', 1],
      ['2027-01-16T23:00Z', 1],
      ['2027-01-20T09:00Z', 0],
    ]
    for (const [at, count] of table) assert.equal(sparesAt(spares, Date.parse(at)), count, at)
    assert.equal(mostSpares(spares), 20)
  })

  it('do not go with a home, which the check says with a remedy', () => {
    const { error } = courseSchema.safeParse({ image: 'x', spares: 1, home: { path: '/srv/work' } })
    assert.deepEqual(
      error?.issues.map(({ path }) => path),
      [['spares']],
    )
    assert.match(error?.issues[0]?.message ?? '', /does not go with home: .*Take out one of the two/)
  })
})
