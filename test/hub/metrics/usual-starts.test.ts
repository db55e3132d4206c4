import assert from 'node:assert/strict'
import { createUsualStarts } from '../../../hub/metrics/usual-starts.ts'

describe('how long starts usually take', () => {
  it('is the median of the last twenty of the course, and unknown before three', () => {
    const starts = createUsualStarts()
    for (const seconds of [9, 2]) starts.note('demo', seconds)
    assert.equal(starts.secondsOf('demo'), undefined)
    starts.note('demo', 4)
    starts.note('demo', -1)
    assert.equal(starts.secondsOf('demo'), 4)
    assert.equal(starts.secondsOf('other'), undefined)
    for (let count = 0; count < 20; count++) starts.note('demo', 30)
    assert.equal(starts.secondsOf('demo'), 30)
  })
})
