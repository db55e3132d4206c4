/**
 * For `node --import`: when a process ends, writes what it has loaded into a file of the folder that the environment
 * names. The variable begins with NODE_, so that `carrel start` hands it on to its parts.
 */
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'

const urls = new Set()
registerHooks({
  load(url, context, nextLoad) {
    urls.add(url)
    return nextLoad(url, context)
  },
})

process.on('exit', () => {
  const record = { args: process.argv.slice(1), urls: [...urls], internal: process.moduleLoadList }
  writeFileSync(join(process.env.NODE_RECORD_MODULES, `${process.pid}.json`), JSON.stringify(record))
})
