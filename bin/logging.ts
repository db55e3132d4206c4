import { type DestinationStream, type Logger, multistream, pino } from 'pino'
import { z } from 'zod'
import type { Options } from './options.ts'

export const logOptions = {
  'log-level': {
    env: 'CARREL_LOG_LEVEL',
    value: 'LEVEL',
    help: 'fatal, error, warn, info (default), debug or trace.',
    schema: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'is fatal, error, warn, info, debug or trace')
      .default('info'),
  },
  'log-file': {
    env: 'CARREL_LOG_FILE',
    value: 'FILE',
    help: 'Log to this file; only warnings and errors to the terminal.',
    schema: z.string().min(1).optional(),
  },
} satisfies Options

export interface LogSettings {
  'log-level': 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
  'log-file'?: string | undefined
}

/** Readable on a terminal, JSON elsewhere. */
export async function openLog(name: string, settings: LogSettings): Promise<Logger> {
  const { 'log-level': level, 'log-file': file } = settings
  const options = { name, level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }
  if (file === undefined) return pino(options, await streamTo(1, process.stdout.isTTY))
  const streams = [
    { level, stream: pino.destination({ dest: file, mkdir: true, mode: 0o600, sync: true }) },
    { level: 'warn' as const, stream: await streamTo(2, process.stderr.isTTY) },
  ]
  return pino(options, multistream(streams))
}

/** Written at once, so that the last words before an end are not lost. */
async function streamTo(destination: 1 | 2, isTerminal: boolean): Promise<DestinationStream> {
  return isTerminal ? forTerminal(destination) : pino.destination({ dest: destination, sync: true })
}

/** Readable lines. What clients and servers chose in them moves no cursor and looks like no line of ours. */
export async function forTerminal(destination: 1 | 2 | NodeJS.WritableStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const stream = pretty({ destination, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' })
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
