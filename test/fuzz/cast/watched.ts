/** Starts a process and watches whether it lives, what it logs and what it uses. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figures } from './diagnostics.ts'

export interface Watched<Ready> {
  name: string
  pid: number
  ready: Ready
  /** Returns why the process has ended, with its last output; undefined while it lives. */
  ended(): string | undefined
  /** Returns the lines since the last call that a sound process never prints. */
  complaints(): string[]
  /** Returns what the process uses; undefined when it has ended, or does not respond within 30 seconds. */
  figures(how?: { collect: boolean }): Promise<Figures | undefined>
  /** Returns the number of open files; undefined on systems that do not tell. */
  files(): Promise<number | undefined>
  stop(): Promise<void>
}

export async function watch<Ready>(name: string, file: string, settings: string): Promise<Watched<Ready>> {
  const child = fork(join(import.meta.dirname, file), {
    env: { ...process.env, CARREL_FUZZ: settings },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let last = ''
  let unread = ''
  let complaints: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    last = (last + text).slice(-4000)
    const lines = (unread + text).split('\n')
    unread = lines.pop() ?? ''
    complaints.push(...lines.filter(isComplaint).map(shortened))
  })
  const pid = child.pid ?? 0
  let ended: string | undefined
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = `ended with ${signal ?? code}: ${lastWords(last)}`
  })
  const [ready] = await Promise.race([
    once(child, 'message') as Promise<[Ready]>,
    closed.then(() => Promise.reject(new Error(`the ${name} did not start: ${ended}`))),
  ])

  let asked = 0
  const answers = new Map<number, (figures: Figures | undefined) => void>()
  child.on('message', ({ id, figures }: { id: number; figures: Figures }) => answers.get(id)?.(figures))
  child.once('exit', () => {
    ended ??= `ended: ${lastWords(last)}`
    for (const answer of answers.values()) answer(undefined)
  })

  return {
    name,
    pid,
    ready,
    ended: () => ended,
    complaints() {
      const said = complaints
      complaints = []
      return said
    },
    figures({ collect } = { collect: false }) {
      asked += 1
      const id = asked
      return new Promise((resolve) => {
        const limit = setTimeout(() => settle(undefined), 30_000)
        const settle = (figures: Figures | undefined) => {
          clearTimeout(limit)
          answers.delete(id)
          resolve(figures)
        }
        if (ended !== undefined || !child.connected) return settle(undefined)
        answers.set(id, settle)
        child.send({ id, collect }, (error) => error !== null && settle(undefined))
      })
    },
    files: () =>
      readdir(`/proc/${pid}/fd`).then(
        (names) => names.length,
        () => undefined,
      ),
    stop: () => stop(child, closed),
  }
}

async function stop(child: ChildProcess, closed: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await closed
}

/** Returns the end of the output, without lines of the log. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('{"level"') && line.trim() !== '')
  return lines.join('\n').slice(-2000)
}

interface LogLine {
  level: number
  msg: string
  err?: { message?: string; stack?: string }
  reason?: string
}

/** Returns whether a line reports a fault of the program: a request that failed by its fault, or a warning of Node. */
function isComplaint(line: string): boolean {
  if (!line.startsWith('{')) return line.trim() !== '' && !/^\(Use `node --trace/.test(line)
  const { level, msg, reason = '' } = JSON.parse(line) as LogLine
  // The hub refuses some requests early, and closes the connection while the rest is still being sent: this is no
  // fault.
  const isRefusal = msg === 'hub is out of reach' && /^(write EPIPE|(read|write) ECONNRESET)$/.test(reason)
  return level >= 50 && !isRefusal
}

function shortened(line: string): string {
  if (!line.startsWith('{')) return line
  const { msg, err, ...rest } = JSON.parse(line) as LogLine
  return `${msg}: ${err?.stack?.split('\n').slice(0, 6).join('\n') ?? JSON.stringify(rest)}`
}
