/** A hub's bundles in a process of their own, which makes a large one and then waits to be killed. */
import { openDatabase } from '../../../hub/db/database.ts'
import { largeEntries } from './large-files.ts'
import { openBundlesAt } from './open.ts'

const [database = '', dataDir = '', seed = '', megabytes = '0'] = process.argv.slice(2)
const { db } = await openDatabase(database)
const bundles = await openBundlesAt(db, dataDir)
const { digest } = await bundles.make(
  largeEntries(seed, Number(megabytes) / 8, 8 * 2 ** 20),
  new AbortController().signal,
)
process.stdout.write(digest)
setInterval(() => undefined, 1000)
