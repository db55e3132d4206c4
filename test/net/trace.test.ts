import assert from 'node:assert/strict'
import { traceOf } from '../../net/trace.ts'

const requestId = '11111111-2222-4333-8444-555555555555'
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const given = `00-${traceId}-${parentId}-01`

describe('traces', () => {
  it('goes on with the trace of the sender, as a new parent', () => {
    assert.deepEqual(traceOf(given, requestId), {
      id: traceId,
      traceparent: `00-${traceId}-8444555555555555-01`,
      isContinued: true,
    })
  })

  it('begins a trace that is named after the request', () => {
    assert.deepEqual(traceOf(undefined, requestId), {
      id: '11111111222243338444555555555555',
      traceparent: '00-11111111222243338444555555555555-8444555555555555-01',
      isContinued: false,
    })
  })

  it('keeps the flags that have a meaning', () => {
    for (const [flags, kept] of [
      ['00', '00'],
      ['01', '01'],
      ['02', '02'],
      ['03', '03'],
      ['ff', '03'],
      ['f8', '00'],
    ]) {
      const { traceparent } = traceOf(`00-${traceId}-${parentId}-${flags}`, requestId)
      assert.equal(traceparent.slice(53), kept, flags)
    }
  })

  const malformed: unknown[] = [
    '',
    '00',
    given.slice(0, 54),
    `${given}0`,
    `${given}-extra`,
    ` ${given}`,
    `${given} `,
    `${given}\n`,
    `${given}, ${given}`,
    [given],
    given.toUpperCase(),
    given.replace('4bf9', '4BF9'),
    given.replace('4bf9', '4bg9'),
    given.replace('4bf9', '4b-9'),
    given.replace('4bf9', '4b\u00e99'),
    given.replace('4bf9', '4b\uff119'),
    given.replaceAll('-', '_'),
    `01-${traceId}-${parentId}-01`,
    `ff-${traceId}-${parentId}-01`,
    `0-${traceId}-${parentId}-001`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${parentId}-0g`,
    `00-${traceId}-${parentId}-+1`,
    `00-${traceId}-${parentId}--1`,
    `00-${traceId}-${parentId}-0x`,
    `00-${traceId.slice(1)}-${parentId}f-01`,
    `00-${'"},{"level":60,"a":"'.padEnd(32, 'x')}-${parentId}-01`,
    `00-${'$'.repeat(32)}-${parentId}-01`,
  ]
  for (const header of malformed) {
    it(`begins a new trace for ${JSON.stringify(header)}`, () => {
      assert.deepEqual(traceOf(header, requestId), traceOf(undefined, requestId))
    })
  }
})
