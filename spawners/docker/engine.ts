/** Sends all requests to the engine. Each has a time-out, and fails with an `EngineError`. */
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { traceHeaders } from '../../net/trace.ts'
import type { DockerOptions } from './options.ts'
import { untilAborted } from './shared.ts'

export interface Engine {
  docker: Docker
  /** Address of the engine, for messages. */
  address: string
  /** URL of the engine; undefined on a unix socket. */
  url: string | undefined
  /**
   * Sends one request: `send` gets options that it should pass on to dockerode. Rejects with the reason of `signal`
   * when that is aborted, else with an `EngineError`. `step` names the request in messages.
   */
  request<T>(
    step: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<T>,
    limits?: RequestTimes,
  ): Promise<T>
}

export interface RequestTimes {
  signal?: AbortSignal | undefined
  /** Seconds that the request may take in addition to the usual time-out, such as the grace period of a stop. */
  extraSeconds?: number
}

/** A request that the engine refused or did not answer. */
export class EngineError extends Error {
  override name = 'EngineError'
  /** The HTTP status; undefined when there was no answer. */
  status: number | undefined
  constructor(message: string, status: number | undefined, cause: unknown) {
    super(message, { cause })
    this.status = status
  }
}

export function connect({ host, timeoutSeconds }: Pick<DockerOptions, 'host' | 'timeoutSeconds'>): Engine {
  const docker = new Docker(host === undefined ? {} : connection(host))
  // The library copies these headers into each request.
  Object.defineProperty(docker.modem, 'headers', { get: traceHeaders })
  const address = host ?? process.env.DOCKER_HOST ?? 'the usual socket'

  return {
    docker,
    address,
    url: /^(tcp|https?):/.test(address) ? address.replace(/^tcp:/, 'http:') : undefined,
    async request(step, send, { signal, extraSeconds = 0 } = {}) {
      const limit = AbortSignal.timeout((timeoutSeconds + extraSeconds) * 1000)
      const ended = signal === undefined ? limit : AbortSignal.any([signal, limit])
      try {
        ended.throwIfAborted()
        // Some calls of dockerode accept no signal.
        return await untilAborted(send({ abortSignal: ended }), ended)
      } catch (error) {
        signal?.throwIfAborted()
        if (limit.aborted) {
          const seconds = timeoutSeconds + extraSeconds
          throw new EngineError(`Docker at ${address} took over ${seconds} s to ${step}`, undefined, error)
        }
        const { status, message } = failureIn(error)
        throw new EngineError(`Docker at ${address} did not ${step}: ${message}`, status, error)
      }
    },
  }
}

/** Resolves when the engine answers and has the network; else rejects with a message that names the remedy. */
export async function assertUsable(engine: Engine, network: string | undefined): Promise<void> {
  try {
    await engine.request('answer a ping', () => engine.docker.ping())
  } catch (error) {
    throw new Error(
      `No Docker Engine answers at ${engine.address}. Is it running, and may this user open its socket? Another one is named by the spawner's option host, or by DOCKER_HOST.`,
      { cause: error },
    )
  }
  if (network === undefined) return
  try {
    await engine.request(`inspect the network ${network}`, () => engine.docker.getNetwork(network).inspect())
  } catch (error) {
    if (!refusedWith(error, 404)) throw error
    throw new Error(`Docker has no network ${network}. Make it with: docker network create ${network}`, {
      cause: error,
    })
  }
}

/** Returns true for an engine's refusal with one of these HTTP statuses. */
export function refusedWith(error: unknown, ...statuses: number[]): boolean {
  return error instanceof EngineError && error.status !== undefined && statuses.includes(error.status)
}

/** Calls `look` at growing intervals until it returns something, or until the time is over; returns its last result. */
export async function until<T>(seconds: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + seconds * 1000
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    const seen = await look()
    if (seen !== undefined || performance.now() > deadline) return seen
    await sleep(pause)
  }
}

/** Reads an answer that has a JSON text on each line. */
export async function* jsonLines<T>(stream: NodeJS.ReadableStream): AsyncGenerator<T> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
}

function connection(host: string): Docker.DockerOptions {
  // All fields are set, since dockerode takes a missing one from DOCKER_HOST.
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), host: undefined, port: undefined, protocol: 'http' }
  }
  const { hostname, port, protocol } = new URL(host)
  return { host: hostname, port: port || 2375, protocol: protocol === 'https:' ? 'https' : 'http' }
}

/** Reads an error of dockerode: status and message of the engine if it answered, else the socket's error. */
export function failureIn(error: unknown): { status: number | undefined; message: string } {
  const { statusCode, json, message } = error as { statusCode?: number; json?: { message?: string }; message?: string }
  return { status: statusCode, message: (json?.message ?? message ?? String(error)).trim() }
}
