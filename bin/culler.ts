import { cullerDefaults } from '../culler/defaults.ts'
import { runUntilAsked } from './lifetime.ts'
import { logOptions, openLog } from './logging.ts'
import { describeOptions, flag, type Options, port, readOptions, seconds, text, UsageError } from './options.ts'
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
    help: `From round to round. Default: ${cullerDefaults.everySeconds}.`,
    schema: seconds.optional(),
  },
  idle: {
    env: 'CARREL_CULL_IDLE',
    value: 'SECONDS',
    help: `A server idle this long is stopped. Default: ${cullerDefaults.idleSeconds}.`,
    schema: seconds.optional(),
  },
  'max-age': {
    env: 'CARREL_CULL_MAX_AGE',
    value: 'SECONDS',
    help: `And one this old, however busy. 0: no limit. Default: ${cullerDefaults.maxAgeSeconds}.`,
    schema: seconds.optional(),
  },
  'keep-users': {
    env: 'CARREL_CULL_KEEP_USERS',
    help: 'Leave temporary users when they have no server any more.',
    schema: flag,
  },
  'dry-run': { help: 'One round that prints each decision and why, and removes nothing.', schema: flag },
  'health-port': {
    env: 'CARREL_CULLER_HEALTH_PORT',
    value: 'N',
    help: 'Answer GET /health on this port of 127.0.0.1.',
    schema: port.optional(),
  },
  'health-socket': {
    env: 'CARREL_CULLER_HEALTH_SOCKET',
    value: 'FILE',
    help: 'Or on this unix socket.',
    schema: text,
  },
  ...logOptions,
} satisfies Options

export const help = `Usage: carrel culler --hub URL [options]

Stops idle and over-age servers and removes temporary users, through the hub's REST API alone.

Needs CARREL_CULLER_TOKEN in its environment.

${describeOptions(options)}
`

export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const values = readOptions(options, args, env)
  const { hub, every, idle, 'max-age': maxAgeSeconds, 'dry-run': dryRun } = values
  if (hub === undefined) throw new UsageError('--hub is missing: where is the hub?')
  const { cullerToken: token } = requireSecrets(['cullerToken'], env)
  const log = await openLog('culler', values)
  const settings = {
    hub,
    token,
    everySeconds: every,
    idleSeconds: idle,
    maxAgeSeconds,
    removeUsers: !values['keep-users'],
    health: healthOf(values),
    log,
  }
  const { startCuller } = await import('../culler/culler.ts')
  if (dryRun) {
    await startCuller({ ...settings, dryRun })
    return 0
  }
  return runUntilAsked(log, () => startCuller(settings))
}

function healthOf(values: { 'health-port'?: number | undefined; 'health-socket'?: string | undefined }) {
  const { 'health-port': port, 'health-socket': socket } = values
  if (socket !== undefined) return { socket }
  return port === undefined ? undefined : { port }
}
