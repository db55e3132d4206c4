// A hub as a process of its own, to be killed: what it needs comes in one environment variable, and it says where it listens.
import { pino } from 'pino'
import { startHub } from '../../hub/start.ts'
import { remoteSpawner } from '../helpers/fake-spawners.ts'
import { secrets, testConfig } from '../helpers/test-hub.ts'

const { database, proxy, world, dataDir } = JSON.parse(process.env.CARREL_TEST_HUB ?? '{}')
const hub = await startHub({
  config: testConfig({ database, proxies: [{ url: proxy }], spawner: remoteSpawner(world) }),
  secrets,
  dataDir,
  log: pino({ level: 'info' }, pino.destination({ dest: 2, sync: true })),
})
process.stdout.write(`${hub.address}\n`)
