import { type DestinationStream, type Logger, multistream, pino } from 'pino'
import { z } from 'zod'
import { restrictToOwner } from '../net/machine/restrict-file.ts'
import { loggedError } from './logged-error.ts'
import type { Options } from './options.ts'

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
} satisfies Options

export interface LogSettings {
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
  logFile?: string | undefined
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
  const open = await restrictToOwner(file)
  const streams = [
    { level, stream: lossy({ dest: file, mkdir: true, mode: 0o600 }) },
    { level: 'warn' as const, stream: await streamTo(2, process.stderr.isTTY) },
  ]
  const log = pino(options, multistream(streams))
  if (open !== undefined) log.warn(open)
  return log
}

async function streamTo(destination: 1 | 2, isTerminal: boolean): Promise<DestinationStream> {
  return isTerminal ? forTerminal(destination) : lossy({ dest: destination })
}

/**
 * Opens a stream that writes the lines of each turn of the event loop together at the turn's end, so that a busy process
 * does not write once a line, and a line of a quiet one is there at once. Lines that a full disk or a closed terminal
 * does not take are kept up to a megabyte and then lost: they must not end a process.
 */
function lossy(options: { dest: string | number; mkdir?: boolean; mode?: number }): DestinationStream {
  const stream = pino.destination({ ...options, sync: true, maxLength: 2 ** 20 })
  stream.on('error', () => undefined)
  let lines = ''
  const flush = () => {
    const text = lines
    lines = ''
    if (text !== '') stream.write(text)
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
      if (lines.length > turnLength) flush()
    },
  }
}

/** How long the lines of one turn get before they are written. */
const turnLength = 64 * 1024

/** Writes readable lines. Text of clients and servers in them can move no cursor and look like no line of its own. */
export async function forTerminal(destination: 1 | 2 | NodeJS.WritableStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const to = typeof destination === 'number' ? lossy({ dest: destination }) : destination
  const stream = pretty({ destination: to, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' })
  return { write: (line) => void stream.write(harmless(line)) }
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
