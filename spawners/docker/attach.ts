/** The streams of a container: what it reads, and its two outputs apart. */
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Engine, RequestTimes } from './engine.ts'

/** The last lines of an error output that are kept, and the most bytes of them. */
const keptLines = 20
export const keptBytes = 16 * 1024

export interface Streams {
  stdin?: Readable | undefined
  stdout?: Writable | undefined
}

/** The connections to a container. There are two, since one that fails at writing cannot be read to its end. */
export interface Attached {
  input: Duplex | undefined
  output: Duplex
  close(): void
}

/** Opens the connections of a container that has not been started yet, so that none of its output is missed. */
export async function attach(engine: Engine, id: string, { stdin }: Streams, times: RequestTimes): Promise<Attached> {
  const output = await connectTo(engine, id, { stdout: true, stderr: true }, times)
  try {
    const input = stdin && (await connectTo(engine, id, { stdin: true }, times))
    // A program may end before it has read everything.
    input?.on('error', () => undefined)
    const close = () => {
      input?.destroy()
      output.destroy()
    }
    return { input, output, close }
  } catch (error) {
    output.destroy()
    throw error
  }
}

async function connectTo(
  { docker, request }: Engine,
  id: string,
  wanted: { stdin?: true; stdout?: true; stderr?: true },
  times: RequestTimes,
): Promise<Duplex> {
  const all = { stream: true, hijack: true, ...wanted }
  const stream = await request(`attach to ${id}`, (to) => docker.getContainer(id).attach({ ...all, ...to }), times)
  return stream as unknown as Duplex
}

/**
 * Hands a container its input and takes its output, no faster than `stdout` takes it. Resolves with the last lines of its
 * error output when all output has come. Rejects when `stdin` or `stdout` fails.
 */
export async function exchange({ input, output, close }: Attached, { stdin, stdout }: Streams): Promise<string[]> {
  let failure: unknown
  const fail = (error: unknown) => {
    failure ??= error
    close()
  }
  const onError = (error: Error) => fail(error)
  const onClose = () => {
    if (stdin?.readableEnded === false) fail(stdin.errored ?? new Error('the input of the errand broke off'))
  }
  stdout?.on('error', onError)
  if (stdin?.destroyed) onClose()
  if (stdin !== undefined && input !== undefined) stdin.on('error', onError).on('close', onClose).pipe(input)
  let tail = Buffer.alloc(0)
  try {
    for await (const { kind, bytes } of frames(output)) {
      if (kind === 2) tail = Buffer.concat([tail, bytes]).subarray(-keptBytes)
      else if (stdout !== undefined && !stdout.write(bytes) && !stdout.destroyed) await drained(stdout)
      if (stdout?.destroyed) throw new Error('the output of the errand was closed before its end')
    }
  } catch (error) {
    failure ??= error
  }
  stdout?.off('error', onError)
  stdin?.off('error', onError).off('close', onClose)
  // An input that has more, or never ends, stays as it is.
  if (input !== undefined) stdin?.unpipe(input)
  if (failure !== undefined) throw failure
  return linesIn(tail)
}

/** Returns the last lines of an output. */
export function linesIn(tail: Buffer): string[] {
  const text = tail.toString('utf8').trimEnd()
  return text === '' ? [] : text.split(/\r?\n/).slice(-keptLines)
}

/** Resolves when a stream takes more, or never will. */
function drained(stream: Writable): Promise<void> {
  if (stream.destroyed || !stream.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}

interface Frame {
  /** 1 for the output, 2 for the error output. */
  kind: number
  bytes: Buffer
}

/** Cuts the engine's stream: one byte for the kind, three empty ones, four for the length, then that many bytes. */
export async function* frames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let header = Buffer.alloc(0)
  let kind = 0
  let left = 0
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      if (left > 0) {
        const bytes = chunk.subarray(0, left)
        left -= bytes.length
        chunk = chunk.subarray(bytes.length)
        yield { kind, bytes }
        continue
      }
      const missing = 8 - header.length
      header = Buffer.concat([header, chunk.subarray(0, missing)])
      chunk = chunk.subarray(missing)
      if (header.length < 8) continue
      kind = header[0] ?? 0
      left = header.readUInt32BE(4)
      header = Buffer.alloc(0)
    }
  }
}
