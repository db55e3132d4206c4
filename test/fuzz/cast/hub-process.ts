/** Runs the hub of the fuzzer in a process of its own. Its servers are listeners of the fuzzer, not processes. */
import { pino } from 'pino'
import { temporary } from '../../../authenticators/temporary.ts'
import { startHub } from '../../../hub/start.ts'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import { secrets, testConfig } from '../../helpers/test-hub.ts'
import { people } from '../../hub/people.ts'
import { serveFigures } from './diagnostics.ts'
import { admin, bystander, type HubSettings } from './people.ts'

const { dataDir, socket, proxy, hostile, honest } = JSON.parse(process.env.CARREL_FUZZ ?? '{}') as HubSettings

const spawner: SpawnerPlugin = {
  name: 'fuzz',
  open: async () => ({
    keepsFiles: true,
    folderOf: ({ path }) => path,
    listen: () => ({ port: 8888 }),
    start: async ({ user }) => ({ url: user === bystander ? honest : hostile, state: {}, adopted: false }),
    poll: async () => ({ state: 'running' }),
    stop: async () => undefined,
    list: async () => [],
  }),
}

// Limits far above the usual ones, so that exchanges reach the code behind them.
const often = { burst: 1_000_000, perSecond: 1000 }
await startHub({
  config: testConfig({}, undefined, {
    hub: { ...testConfig({}).hub, socket, internal: { ip: '127.0.0.1', port: 0 } },
    proxies: [{ url: proxy }],
    authenticators: [temporary(), people],
    admins: [admin],
    courses: {
      demo: { image: 'demo', start: 'welcome.ipynb', strip: true },
      third: { image: 'third', landing: 'notebook' },
    },
    spawner,
    limits: {
      launchesPerUser: often,
      // Stays low, since each new user is a row that stays.
      newUsersPerAddress: { burst: 10, perSecond: 0.01 },
      signInsPerAddress: often,
      failuresPerAddress: often,
      failuresPerAccount: often,
    },
    activity: { collectSeconds: 1, quietSeconds: 0.2, probeSeconds: 0.5 },
  }),
  secrets,
  dataDir,
  log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
}).then(({ internal }) => process.send?.({ internal }))
serveFigures()
