import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metric } from '../../metrics/metric.ts'
import { metricsText, metricsType } from '../../metrics/text.ts'

/** Returns the answers of the listener for metrics: `GET /metrics` and nothing else. */
export function metricsAnswers(collect: () => Promise<Metric[][]>) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    req.resume()
    const isFound = req.url === '/metrics' && (req.method === 'GET' || req.method === 'HEAD')
    if (!isFound) return void res.writeHead(404, { 'content-length': 0 }).end()
    const text = await metricsText(await collect())
    const headers = {
      'content-type': metricsType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    }
    res.writeHead(200, headers).end(req.method === 'HEAD' ? undefined : text)
  }
}
