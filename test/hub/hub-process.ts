// Runs a hub as a process of its own, so that a test can kill it. The environment variable CARREL_TEST_HUB has its
// settings, and it prints the address at which it listens.
import { type LogFn, type Logger, pino } from 'pino'
import { startHubOfWorld } from './hub-of-world.ts'

const { dieAt, ...settings } = JSON.parse(process.env.CARREL_TEST_HUB ?? '{}')

/** Ends this process as `kill -9` does where it would write the line `dieAt`. */
function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  if (dieAt !== undefined && args[1] === dieAt) process.kill(process.pid, 'SIGKILL')
  method.apply(this, args)
}

const log = pino({ level: 'info', hooks: { logMethod } }, pino.destination({ dest: 2, sync: true }))
const hub = await startHubOfWorld(settings, log)
process.stdout.write(`${hub.address}\n`)
