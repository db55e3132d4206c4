/**
 * Runs in place of JupyterLab, and answers every request with 200 on the socket that the hub names. With the argument
 * `deaf` it ignores SIGTERM.
 */
import { createServer } from 'node:http'

const sock = process.argv.find((arg) => arg.startsWith('--ServerApp.sock='))?.replace('--ServerApp.sock=', '')
createServer((_, response) => response.end('{}')).listen(sock)
if (process.argv.includes('deaf')) process.on('SIGTERM', () => undefined)
