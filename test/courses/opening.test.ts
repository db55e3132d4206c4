import assert from 'node:assert/strict'
import { courseSchema } from '../../courses/course.ts'
import { outside, readMoment } from '../../courses/opening.ts'

describe('when a course is open', () => {
  const rows: [text: string, utc: string | undefined][] = [
    ['2027-01-18T09:00Z', '2027-01-18T09:00:00.000Z'],
    ['2027-01-18T09:00:30+01:00', '2027-01-18T08:00:30.000Z'],
    ['2027-01-18T09:00-05:30', '2027-01-18T14:30:00.000Z'],
    ['2027-01-18T09:00[Europe/Paris]', '2027-01-18T08:00:00.000Z'],
    ['2027-07-18T09:00[Europe/Paris]', '2027-07-18T07:00:00.000Z'],
    ['2027-07-18T09:00[UTC]', '2027-07-18T09:00:00.000Z'],
    // Clocks go back at 3:00 of this day: half past two comes twice, and the earlier one counts.
    ['2027-10-31T02:30[Europe/Paris]', '2027-10-31T00:30:00.000Z'],
    // Clocks go ahead at 2:00 of this day: half past two never comes.
    ['2027-03-28T02:30[Europe/Paris]', undefined],
    ['2027-03-28T03:00[Europe/Paris]', '2027-03-28T01:00:00.000Z'],
    ['2027-03-14T03:30[America/New_York]', '2027-03-14T07:30:00.000Z'],
    ['2027-01-18T09:00[Europe/Pariss]', undefined],
    ['2027-01-18T09:00', undefined],
    ['2027-01-18', undefined],
    ['2027-02-30T09:00Z', undefined],
    ['2027-01-18T25:00Z', undefined],
    ['2027-01-18T09:00+25:00', undefined],
    ['next Monday', undefined],
  ]
  for (const [text, utc] of rows) {
    it(`reads ${text}${utc === undefined ? ' as no time' : ''}`, () => {
      const at = readMoment(text)
      assert.equal(at === undefined ? undefined : new Date(at).toISOString(), utc)
    })
  }

  it('begins and ends to the millisecond', () => {
    const times = { opens: '2027-01-18T09:00Z', closes: '2027-01-18T10:00Z' }
    const at = (text: string, later = 0) => outside(times, Date.parse(text) + later)?.why
    assert.equal(at('2027-01-18T09:00Z', -1), 'not-yet')
    assert.equal(at('2027-01-18T09:00Z'), undefined)
    assert.equal(at('2027-01-18T10:00Z', -1), undefined)
    assert.equal(at('2027-01-18T10:00Z'), 'closed')
    assert.equal(outside({}, 0), undefined)
  })

  it('says how a time and a list of people are written', () => {
    const problem = (course: object) => courseSchema.safeParse({ image: '', ...course }).error?.issues[0]?.message ?? ''
    assert.match(problem({ opens: '2027-01-18T09:00' }), /offset from UTC or a time zone, like/)
    assert.match(problem({ open: 'all' }), /'everyone', 'signed-in', or a list/)
    assert.match(problem({ open: ['lms:edx:ann'] }), /not the name of a person/)
    assert.match(problem({ open: [''] }), /Too small/)
  })
})
