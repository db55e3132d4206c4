/** Carries the input and output of a program in a container, over one WebSocket, at the pace of the slower side. */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node'
import { KubernetesError } from './error.ts'

/**
 * A program in a container of a pod that runs. Where it reads something, it must be a shell that stays until the end and has
 * another program read: one that was started by itself, or that took the shell's place, was seen to get the end of its input
 * too early, with containerd 1.6. A program that may leave its input unread writes to its standard error when it
 * wants no more, and then reads to the end of its input, which comes at once: a connection that is closed with bytes unread
 * is reset, and output that was on its way is lost with it.
 */
export interface Program {
  pod: string
  container: string
  command: string[]
}

export interface Carried {
  /** Is left as it is where the program reads no more. Ends for the program with the first word on its standard error. */
  stdin?: Readable | undefined
  /** Gets all output, and is not ended. */
  stdout?: Writable | undefined
  signal: AbortSignal
}

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 }
/** The version of the protocol in which the end of the input can be said: Kubernetes 1.30 and newer. */
const protocolWithEnds = 'v5.channel.k8s.io'
const chunkBytes = 64 * 1024
/** Seconds between two pings, which keep gateways in between from ending a connection that is silent. */
const pingSeconds = 20

type Socket = Awaited<ReturnType<Exec['handler']['connect']>>

/**
 * Runs a program and resolves when it has ended and `stdout` has taken all its output, whatever the program's exit code.
 * Rejects with a `KubernetesError` when the connection could not be made or broke, and with the error of a stream.
 */
export async function runInContainer(
  config: KubeConfig,
  namespace: string,
  { pod, container, command }: Program,
  { stdin, stdout, signal }: Carried,
): Promise<void> {
  signal.throwIfAborted()
  const query = new URLSearchParams({ container, stdout: 'true', ...(stdin && { stdin: 'true', stderr: 'true' }) })
  for (const word of command) query.append('command', word)
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`
  const failed = Promise.withResolvers<never>()
  const ended = Promise.withResolvers<V1Status>()
  const output = outputTo(stdout)
  const enough = Promise.withResolvers<void>()
  const opening = new Exec(config).handler.connect(path, null, (channel, bytes) => {
    if (channel === channels.stdout && bytes.length > 0) output.take(bytes)
    if (channel === channels.stderr && bytes.length > 0) enough.resolve()
    if (channel === channels.status) ended.resolve(JSON.parse(bytes.toString('utf8')) as V1Status)
    return true
  })
  const onAbort = () => failed.reject(signal.reason)
  const onError = (error: Error) => failed.reject(error)
  const onClose = () => failed.reject(new Error('the reader of the output has gone'))
  signal.addEventListener('abort', onAbort)
  stdout?.on('error', onError).on('close', onClose)
  stdin?.on('error', onError)
  let pings: NodeJS.Timeout | undefined
  try {
    const socket = await Promise.race([opened(opening), failed.promise])
    output.paces(socket)
    socket.on('close', () => ended.reject(broken('the connection to the pod ended before its program')))
    socket.on('error', (error) => ended.reject(broken(error.message)))
    pings = setInterval(() => socket.ping(), pingSeconds * 1000)
    if (stdin !== undefined) send(socket, stdin, enough.promise).catch(failed.reject)
    const status = await Promise.race([ended.promise, failed.promise])
    await Promise.race([output.taken(), failed.promise])
    judge(status)
  } finally {
    clearInterval(pings)
    signal.removeEventListener('abort', onAbort)
    stdout?.off('error', onError).off('close', onClose)
    stdin?.off('error', onError)
    // Nothing waits for these any more.
    ended.promise.catch(() => undefined)
    failed.promise.catch(() => undefined)
    opening.then((socket) => socket.terminate()).catch(() => undefined)
  }
}

async function opened(opening: Promise<Socket>): Promise<Socket> {
  try {
    return await opening
  } catch (error) {
    const message = (error as { message?: string }).message ?? 'no connection'
    const status = Number(/Unexpected server response: (\d+)/.exec(message)?.[1] ?? 0)
    throw new KubernetesError(
      status,
      status === 403
        ? "the hub lacks the permission to get and create pods/exec, by which an errand's files are carried"
        : `Kubernetes runs no program in the pod (get pods/exec): ${message}`,
    )
  }
}

/** Sends all of the input, or as much as is wanted, and then its end. Each piece is sent when the one before it has left. */
async function send(socket: Socket, stdin: Readable, enough: Promise<void>): Promise<void> {
  if (socket.protocol !== protocolWithEnds) {
    throw new KubernetesError(0, 'errands that read something need Kubernetes 1.30 or newer')
  }
  let hasEnded = false
  const sendEnd = () => {
    if (!hasEnded) socket.send(Buffer.of(channels.close, channels.stdin), () => undefined)
    hasEnded = true
  }
  void enough.then(sendEnd)
  // A program that reads no more is no error, and the stream stays with its owner.
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array | string)
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      if (hasEnded) return
      const frame = Buffer.concat([Buffer.of(channels.stdin), bytes.subarray(start, start + chunkBytes)])
      if (!(await hasLeft(socket, frame))) return
    }
  }
  sendEnd()
}

/** Sends the bytes, and returns whether they could leave: a program that has ended reads no more. */
function hasLeft(socket: Socket, bytes: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.send(bytes, (error) => resolve(!error))
  return promise
}

/** Hands output to a stream, and lets the socket pause while the stream is full. */
function outputTo(stdout: Writable | undefined) {
  let socket: Socket | undefined
  let isFull = false
  const resume = () => {
    isFull = false
    socket?.resume()
  }
  return {
    take(bytes: Buffer): void {
      if (stdout === undefined || stdout.destroyed || stdout.write(bytes) || isFull) return
      isFull = true
      socket?.pause()
      stdout.once('drain', resume)
    },
    /** Sets the socket that pauses. What came before was taken already. */
    paces(made: Socket): void {
      socket = made
      if (isFull) socket.pause()
    },
    async taken(): Promise<void> {
      if (isFull && stdout !== undefined) await once(stdout, 'drain')
    },
  }
}

/** Throws unless the status says that the program ended, with whatever code. */
function judge(status: V1Status): void {
  const hasEnded = status.status === 'Success' || status.reason === 'NonZeroExitCode'
  if (!hasEnded) throw broken(status.message ?? 'no reason is given')
}

function broken(reason: string): KubernetesError {
  return new KubernetesError(0, `Kubernetes lost a program in a pod (pods/exec): ${reason}`)
}
