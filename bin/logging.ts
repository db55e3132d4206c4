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
  if (!isTerminal) return pino.destination({ dest: destination, sync: true })
  const { default: pretty } = await import('pino-pretty')
  return pretty({ destination, sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss' })
}
