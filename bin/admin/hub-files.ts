/** What is too long or takes too long for one answer, between a command and a hub, as streams. */
import http, { type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { addressOf } from '../../net/endpoint.ts'
import type { Values } from '../options.ts'
import { type hubOptions, refusalIn, whichHub, whyUnreachable } from './hub-client.ts'

/** How long no byte may come or go. An image may have to be fetched before the first one. */
const silentMilliseconds = 30 * 60_000

interface Transfer {
  method: 'GET' | 'PUT' | 'POST'
  path: string
  headers?: Record<string, string>
  /** What is sent, how long it is, and what it is. Default: an archive. */
  body?: { bytes: number; stream: Readable; type?: string }
  signal?: AbortSignal
}

/**
 * Sends a request and returns the answer's body, which fails when it is not whole. Rejects with a message for people when
 * no hub answers or the hub refuses.
 */
export async function transfer(
  values: Pick<Values<typeof hubOptions>, 'data' | 'hub'>,
  env: NodeJS.ProcessEnv,
  { method, path, headers, body, signal }: Transfer,
): Promise<Readable> {
  const { url, token } = await whichHub(values, env)
  const { request } = url.startsWith('https:') ? await import('node:https') : http
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request({
    ...{ ...addressOf(url), method, path, agent: false, ...(signal && { signal }) },
    headers: {
      accept: 'application/x-tar, application/x-ndjson, application/json',
      ...(token !== undefined && { authorization: `token ${token}` }),
      ...(body && { 'content-type': body.type ?? 'application/x-tar', 'content-length': String(body.bytes) }),
      ...headers,
    },
  })
  asked.setTimeout(silentMilliseconds, () => asked.destroy(new Error('nothing came for half an hour')))
  asked.once('response', resolve)
  asked.once('error', reject)
  const sent = body === undefined ? asked.end() : pipeline(body.stream, asked)
  // A hub that refuses does not read on; what counts then is its answer.
  if (sent instanceof Promise) sent.catch(reject)
  const answer = await promise.catch((error: unknown) => {
    throw new Error(whyUnreachable(error, values), { cause: error })
  })
  const status = answer.statusCode ?? 0
  if (status < 300) return answer
  const why = refusalIn({ status, text: await text(Readable.from(firstOf(answer))) })
  asked.destroy()
  throw new HubRefusal(status, why)
}

/** A hub's answer that it will not do something, in words for people. */
export class HubRefusal extends Error {
  override name = 'HubRefusal'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const longestRefusal = 65_536

async function* firstOf(answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const part of answer) {
    bytes += part.length
    if (bytes > longestRefusal) return
    yield part
  }
}
