/**
 * Runs in place of JupyterLab, and answers every request with 200 on the socket that the hub names. With the argument
 * `deaf` it ignores SIGTERM, and with `after=FILE` it listens only once that file is there.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const argument = (name: string) => process.argv.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1)
const after = argument('after')
while (after !== undefined && !existsSync(after)) await sleep(20)
createServer((_, response) => response.end('{}')).listen(argument('--ServerApp.sock'))
if (process.argv.includes('deaf')) process.on('SIGTERM', () => undefined)
