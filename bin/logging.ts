import { dirname, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, multistream, pino } from 'pino'
import { z } from 'zod'
import { makeFolder } from '../net/machine/make-folder.ts'
import { restrictToOwner } from '../net/machine/restrict-file.ts'
import { openRotatingFile } from './log/rotating-file.ts'
import { loggedError } from './logged-error.ts'
import type { Options } from './options.ts'

/** Limits of a log file, for the commands that write one and for `carrel start`, which passes them on. */
export const logFileOptions = {
  logMegabytes: {
    env: 'CARREL_LOG_MEGABYTES',
    value: 'N',
    help: 'Rename a log file that is larger than this, and begin another one. 0: never. Default: 10.',
    schema: z
      .string()
      .regex(/^\d{1,5}$/, 'is a whole number of megabytes')
      .transform(Number)
      .default(10),
  },
  logKeep: {
    env: 'CARREL_LOG_KEEP',
    value: 'N',
    help: 'Keep so many renamed log files, the newest. Default: 9.',
    schema: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is a whole number from 1 to 9999')
      .transform(Number)
      .default(9),
  },
} satisfies Options

export const logOptions = {
  logLevel: {
    env: 'CARREL_LOG_LEVEL',
    value: 'LEVEL',
    help: 'fatal, error, warn, info (default), debug or trace.',
    schema: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'is fatal, error, warn, info, debug or trace')
      .default('info'),
  },
  logFile: {
    env: 'CARREL_LOG_FILE',
    value: 'FILE',
    help: 'Log to this file; only warnings and errors to the terminal.',
    schema: z.string().min(1).optional(),
  },
  ...logFileOptions,
} satisfies Options

export interface LogSettings {
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
  logFile?: string | undefined
  logMegabytes: number
  logKeep: number
}

/** The most characters of a line, and of each text in a line that would be longer. */
const longest = { line: 16_000, text: 500 }

/** Options of pino that keep lines short and secrets out of them, whatever clients, servers and engines send. */
export const boundedLines = {
  serializers: { err: loggedError },
  hooks: { streamWrite: (line: string) => (line.length > longest.line ? shortened(line) : line) },
}

function shortened(line: string): string {
  const short = (_key: string, value: unknown) =>
    typeof value === 'string' && value.length > longest.text ? `${value.slice(0, longest.text)}…` : value
  const entry = JSON.parse(line, short)
  const text = JSON.stringify(entry)
  if (text.length <= longest.line) return `${text}\n`
  const { level, time, pid, name, msg } = entry
  return `${JSON.stringify({ level, time, pid, name, msg, shortened: true })}\n`
}

let now = 0
let nowText = ''
/** Returns the time as pino wants it. The text is made once a millisecond, because a busy process writes many lines. */
function timestamp(): string {
  const time = Date.now()
  if (time !== now) {
    now = time
    nowText = `,"time":"${new Date(time).toISOString()}"`
  }
  return nowText
}

/** Opens the log of a part: readable lines on a terminal, JSON elsewhere. */
export async function openLog(name: string, settings: LogSettings): Promise<Logger> {
  const { logLevel: level, logFile: file } = settings
  const options = { name, level, base: { pid: process.pid }, timestamp, ...boundedLines }
  if (file === undefined) return pino(options, await streamTo(1, process.stdout.isTTY))
  await makeFolder(dirname(resolve(file)))
  const open = await restrictToOwner(file)
  const fullBytes = settings.logMegabytes * 1e6
  const refused = (message: string) => log.warn(message)
  const stream = perTurn(fileBytes, openRotatingFile(resolve(file), { fullBytes, keep: settings.logKeep, refused }))
  const streams = [
    { level, stream },
    { level: 'warn' as const, stream: await streamTo(2, process.stderr.isTTY) },
  ]
  const log = pino(options, multistream(streams))
  if (open !== undefined) log.warn(open)
  return log
}

async function streamTo(destination: 1 | 2, isTerminal: boolean): Promise<DestinationStream> {
  return isTerminal ? forTerminal(destination) : lossy(destination)
}

/**
 * Opens a stream to a terminal or pipe. Lines that it does not take, because it is closed or full, are kept up to a megabyte
 * and then lost: they must not end a process.
 */
function lossy(destination: 1 | 2): DestinationStream {
  const stream = pino.destination({ dest: destination, sync: true, maxLength: 2 ** 20, maxWrite: pipeBytes })
  stream.on('error', () => undefined)
  return perTurn(pipeBytes, stream)
}

/**
 * Returns a stream that writes the lines of each turn of the event loop together at the turn's end, so that a busy process
 * does not write once a line, and a line of a quiet one is there at once.
 */
function perTurn(most: number, stream: { write(lines: string): unknown }): DestinationStream {
  let lines = ''
  let bytes = 0
  const flush = () => {
    const text = lines
    lines = ''
    bytes = 0
    if (text !== '') stream.write(text)
  }
  process.on('exit', flush)
  return {
    write(line) {
      const more = Buffer.byteLength(line)
      if (bytes + more > most) flush()
      if (lines === '') setImmediate(flush)
      lines += line
      bytes += more
    },
  }
}

/**
 * How many bytes are written at once at most, unless one line is longer. The workers of a proxy share one pipe, and a pipe
 * that is nearly full takes no more than this in one piece.
 */
const pipeBytes = 4096
const fileBytes = 64 * 1024

/** Writes readable lines. Text of clients and servers in them can move no cursor and look like no line of its own. */
export async function forTerminal(destination: 1 | 2 | NodeJS.WritableStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const to = typeof destination === 'number' ? asStream(lossy(destination)) : destination
  const stream = pretty({ destination: to, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' })
  return { write: (line) => void stream.write(harmless(line)) }
}

/** Returns a stream as `pino-pretty` asks for one, which has more of it than a place to write. */
function asStream(place: DestinationStream): NodeJS.WritableStream {
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      place.write(text)
      done()
    },
  })
}

function harmless(line: string): string {
  const clean = (key: string, value: unknown) => {
    if (typeof value !== 'string') return value
    const visible = value.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, (character) => `\\u${hex(character)}`)
    return key === 'msg' ? visible.replaceAll('\n', '\n    ') : visible
  }
  try {
    return `${JSON.stringify(JSON.parse(line, clean))}\n`
  } catch {
    return line
  }
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}
