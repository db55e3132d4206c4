// Runs a hub as a process of its own, so that a test can kill it. The environment variable CARREL_TEST_HUB has its
// settings, and it prints the address at which it listens.
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
