/** Runs the proxy of the fuzzer in a process of its own. */
import { pino } from 'pino'
import { startProxy } from '../../../proxy/proxy.ts'
import { hubUrl, secrets, serversUrl } from '../../helpers/test-hub.ts'
import { serveFigures } from './diagnostics.ts'

const here = { ips: ['127.0.0.1'], port: 0 } as const
const { urls, apiUrl } = await startProxy({
  listen: here,
  api: here,
  hubs: [process.env.CARREL_FUZZ ?? ''],
  hubUrl,
  serversUrl,
  insecureHttp: true,
  keys: secrets.keys,
  token: secrets.proxyToken,
  forTests: { unknownTickets: { burst: 1_000_000, perSecond: 1000 } },
  log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
})
process.send?.({ url: urls[0], apiUrl })
serveFigures()
