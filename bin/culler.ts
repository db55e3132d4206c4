import { cullerDefaults } from '../culler/defaults.ts'
import { defineCommand, type Invocation } from './command.ts'
import { runUntilStopped } from './lifetime.ts'
import { logOptions, openLog } from './logging.ts'
import { flag, type Options, port, seconds, text, UsageError, type Values } from './options.ts'
import { requireSecrets } from './secrets.ts'

export const options = {
  hub: {
    env: 'CARREL_HUB',
    value: 'URL',
    help: 'The hub: http://127.0.0.1:8081, unix+http://%2Frun%2Fhub.sock.',
    schema: text,
  },
  every: {
    env: 'CARREL_CULL_EVERY',
    value: 'SECONDS',
    help: `From round to round; with --once, how often you start it. Default: ${cullerDefaults.everySeconds}.`,
    schema: seconds.optional(),
  },
  idle: {
    env: 'CARREL_CULL_IDLE',
    value: 'SECONDS',
    help: `A server idle this long is stopped. Default: ${cullerDefaults.idleSeconds}.`,
    schema: seconds.optional(),
  },
  maxAge: {
    env: 'CARREL_CULL_MAX_AGE',
    value: 'SECONDS',
    help: `And one this old, however busy. 0: no limit. Default: ${cullerDefaults.maxAgeSeconds}.`,
    schema: seconds.optional(),
  },
  keepUsers: {
    env: 'CARREL_CULL_KEEP_USERS',
    help: 'Leave temporary users when they have no server any more.',
    schema: flag,
  },
  once: {
    help: 'One round, for a timer that starts this command. Ends with 1 if the hub did not answer.',
    schema: flag,
  },
  dryRun: { help: 'One round that prints each decision and why, and removes nothing.', schema: flag },
  healthPort: {
    env: 'CARREL_CULLER_HEALTH_PORT',
    value: 'N',
    help: 'Answer GET /health on this port of 127.0.0.1.',
    schema: port.optional(),
  },
  healthSocket: {
    env: 'CARREL_CULLER_HEALTH_SOCKET',
    value: 'FILE',
    help: 'Or on this unix socket.',
    schema: text,
  },
  ...logOptions,
} satisfies Options

export const command = defineCommand({
  name: 'culler',
  summary: 'One culler',
  description: `Stops idle and over-age servers and removes temporary users, through the hub's REST API alone.

Needs CARREL_CULLER_TOKEN in its environment.`,
  examples: {
    'carrel culler --hub http://127.0.0.1:8081 --dry-run': 'What would be removed now, and why',
    'carrel culler --hub http://127.0.0.1:8081 --once': 'One round, as a cron job',
  },
  options,
  run,
})

async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  const { hub, every, idle, maxAge, once, dryRun } = values
  if (hub === undefined) throw new UsageError('--hub is missing: where is the hub?')
  const { cullerToken: token } = requireSecrets(['cullerToken'], env)
  const log = await openLog('culler', values)
  const settings = {
    hub,
    token,
    everySeconds: every,
    idleSeconds: idle,
    maxAgeSeconds: maxAge,
    removeUsers: !values.keepUsers,
    health: healthOf(values),
    log,
  }
  const { startCuller } = await import('../culler/culler.ts')
  if (dryRun) {
    await startCuller({ ...settings, dryRun })
    return 0
  }
  if (once) {
    endWithSupervisor()
    try {
      await startCuller({ ...settings, once })
      return 0
    } catch (error) {
      log.warn({ problem: error instanceof Error ? error.message : String(error) }, 'nothing was culled')
      return 1
    }
  }
  return runUntilStopped(log, () => startCuller(settings))
}

/** Ends this process with the one that has started it, if that listens. Each removal is one call, so any moment will do. */
function endWithSupervisor(): void {
  if (process.send === undefined) return
  if (!process.connected) process.exit(1)
  process.once('disconnect', () => process.exit(1))
}

function healthOf(values: Values<typeof options>) {
  const { healthPort: port, healthSocket: socket } = values
  if (socket !== undefined) return { socket }
  return port === undefined ? undefined : { port }
}
