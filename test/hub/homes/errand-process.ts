// Runs an errand in a home, as a hub that has nothing else to do, so that a test can kill it. The environment variable
// CARREL_TEST_ERRAND has its settings.
import { openDatabase } from '../../../hub/db/database.ts'
import { renewHub } from '../../../hub/db/hubs.ts'
import { newId } from '../../../hub/db/ids.ts'
import { runErrand } from '../../../hub/homes/errand.ts'
import type { Hub } from '../../../hub/hub.ts'
import { remoteSpawner } from '../../helpers/fake-spawners.ts'

const { database, world, home } = JSON.parse(process.env.CARREL_TEST_ERRAND ?? '{}')
const { db } = await openDatabase(database)
const id = newId()
await renewHub(db, id)
const installation = { name: 'carrel', id: 'tests' }
const urls = { hubUrl: 'http://hub.test', serversUrl: 'http://nb.test' }
const spawner = await remoteSpawner(world).open({ installation, dataDir: '', ...urls, warn: () => undefined })
const hub: Partial<Hub> = { id, db, spawner, stopping: new AbortController().signal }
const errand = { purpose: 'import', image: 'demo', command: ['true'], home: { id: home, path: '/home/jovyan/work' } }
await runErrand(hub as Hub, errand, { signal: new AbortController().signal })
