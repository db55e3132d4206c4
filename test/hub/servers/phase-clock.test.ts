import assert from 'node:assert/strict'
import { phaseClock } from '../../../hub/servers/phase-clock.ts'

describe('the clock of a start', () => {
  const times = { startTimeoutSeconds: 300, pullTimeoutSeconds: 1800 }
  const server = { phase: 'queued' } as const

  it('gives each phase its own time, once', () => {
    const clock = phaseClock(times, server, 60_000)
    assert.equal(clock.enter('pulling'), 1800_000)
    assert.equal(clock.enter('pulling'), undefined)
    assert.equal(clock.enter('starting'), 300_000)
    clock.stop()
  })

  it('aborts its signal when a phase takes too long', async () => {
    const clock = phaseClock(times, server, 1)
    await new Promise<void>((resolve) => clock.overtime.addEventListener('abort', () => resolve()))
    clock.stop()
  })

  it('stays stopped when a spawner reports late', () => {
    const clock = phaseClock(times, server, 60_000)
    clock.stop()
    assert.equal(clock.enter('pulling'), undefined)
  })
})
