/**
 * Watches the event loop of the process into which `node --import` loads this file, and writes a line for each time
 * that something held it. The profiler samples all the while, so that the line can say what held it.
 */
import { appendFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector'
import { type Held, heldBy } from './stalls.ts'

const file = process.env.CARREL_BENCH_STALLS
const beatMilliseconds = 5
const longMilliseconds = 50
/** A profile grows with its time, so it begins anew now and then. */
const profileBeats = 400

if (file !== undefined) watch(file)

function watch(to: string): void {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.setSamplingInterval', { interval: 1000 })
  session.post('Profiler.start')

  const takeProfile = (): Profiler.Profile | undefined => {
    let taken: Profiler.Profile | undefined
    // The answers of this session come before `post` returns.
    session.post('Profiler.stop', (_error, answer) => {
      taken = answer?.profile
    })
    session.post('Profiler.start')
    return taken
  }

  let beats = 0
  let last = { at: now(), cpu: cpuMilliseconds() }
  const beat = setInterval(() => {
    const held = { at: last.at, milliseconds: cpuMilliseconds() - last.cpu }
    beats += 1
    if (held.milliseconds > longMilliseconds) {
      const profile = takeProfile()
      const by = profile === undefined ? [] : heldBy(profile, last.at * 1000, held.milliseconds)
      const line: Held = {
        at: performance.timeOrigin + performance.now() - (now() - last.at),
        milliseconds: held.milliseconds,
        by,
      }
      appendFileSync(to, `${JSON.stringify(line)}\n`)
      beats = 0
    } else if (beats % profileBeats === 0) takeProfile()
    // What the watch itself takes does not count.
    last = { at: now(), cpu: cpuMilliseconds() }
  }, beatMilliseconds)
  beat.unref()
}

/** Returns the milliseconds of the clock that profiles use, which is the monotonic clock of the system. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
