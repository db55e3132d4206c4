/** Runs a proxy in a process of its own, for tests that kill it, and prints its URLs. */
import { startProxy } from '../../proxy/proxy.ts'
import { hubUrl, keys, serversUrl, silent, token } from './world.ts'

const [, , routesFile] = process.argv
const here = { ips: ['127.0.0.1'], port: 0 } as const
const hubs = ['http://127.0.0.1:1']
const proxy = await startProxy({
  listen: here,
  api: here,
  hubs,
  hubUrl,
  insecureHttp: true,
  serversUrl,
  keys,
  token,
  routesFile,
  log: silent,
})
process.stdout.write(`${JSON.stringify({ urls: proxy.urls, apiUrl: proxy.apiUrl })}\n`)
