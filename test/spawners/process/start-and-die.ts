/** A hub that starts the server of its second argument in the data folder of its first, and dies. The server ends when its workspace has a file `end`. */
import { processSpawner } from '../../../spawners/process/process.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { contextOf, node, specOf } from './world.ts'

const [dataDir = '', server = ''] = process.argv.slice(2)
const spawner = await processSpawner().open(contextOf(dataDir))
const end = "if (fs.existsSync('end')) { console.log('last words'); process.exit(3) }"
await spawner.start(specOf(node(`setInterval(() => { ${end} }, 20)`), { server }), {
  signal: new AbortController().signal,
  report: () => undefined,
  record: async () => undefined,
  bundle: noBundle,
})
process.kill(process.pid, 'SIGKILL')
