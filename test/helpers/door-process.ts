/** Runs a proxy as a process of its own, for tests that freeze or kill it. Prints its addresses. */
import { startDoor } from './front-doors.ts'
import { secrets } from './test-hub.ts'

const [, , hub = '', routesFile, port = '0'] = process.argv
const { proxyToken: token, keys } = secrets
const proxy = await startDoor({
  hubs: [hub],
  token,
  keys,
  routesFile,
  listen: { ips: ['127.0.0.1'], port: Number(port) },
  api: { ips: ['127.0.0.1'], port: 0 },
})
process.stdout.write(`${JSON.stringify({ urls: proxy.urls, apiUrl: proxy.apiUrl })}\n`)
