/** Reads contents by their hashes from a process of git for each repository, which stays for a while: most courses read many. */
import { stat } from 'node:fs/promises'
import { undefinedIf } from '../net/error-code.ts'
import { damaged, isDamage, scan } from './blobs.ts'
import { GitError } from './git.ts'
import { type RunningGit, startGit } from './process.ts'
import type { Local } from './repository.ts'
import { createTurns, unlessAborted } from './waiting.ts'

export interface Reader {
  /** Returns the content of a blob; undefined when the repository has none of this hash. Rejects above `maxBytes`. */
  read(local: Local, blob: string, maxBytes: number): Promise<Buffer | undefined>
  close(): Promise<void>
}

interface Reading {
  /** The number of the folder on its disk. */
  place: number
  running: RunningGit
  scanner: ReturnType<typeof scan>
  ending: AbortController
  timer: NodeJS.Timeout
}

const idleMilliseconds = 5000

export function createReader(): Reader {
  const open = new Map<string, Reading>()
  const ended = new Set<Promise<unknown>>()
  const inTurn = createTurns()

  function begin(cwd: string, place: number): Reading {
    const ending = new AbortController()
    const running = startGit({ args: ['--git-dir=.', 'cat-file', '--batch'], cwd, signal: ending.signal })
    const over = running.ended.then(
      () => end(cwd, reading),
      () => end(cwd, reading),
    )
    ended.add(over)
    void over.then(() => ended.delete(over))
    const timer = setTimeout(() => end(cwd, reading), idleMilliseconds).unref()
    const reading: Reading = { place, running, scanner: scan(running.stdout), ending, timer }
    open.set(cwd, reading)
    return reading
  }

  function end(cwd: string, reading: Reading): void {
    clearTimeout(reading.timer)
    if (open.get(cwd) === reading) open.delete(cwd)
    reading.ending.abort()
  }

  return {
    read: ({ cwd, signal }, blob, maxBytes) =>
      inTurn(cwd, signal, async () => {
        // Another repository may have taken the place of the one in which a process reads.
        const place = (await stat(cwd).catch(undefinedIf('ENOENT')))?.ino
        if (place === undefined) return undefined
        const before = open.get(cwd)
        if (before !== undefined && before.place !== place) end(cwd, before)
        const known = open.get(cwd)
        const reading = known ?? begin(cwd, place)
        reading.timer.refresh()
        try {
          return await unlessAborted(signal, ask(reading, blob, maxBytes))
        } catch (error) {
          // What is left of the answer would be taken for the next one.
          end(cwd, reading)
          // A process that was there before may have ended for a reason of its own.
          if (known === undefined || !isDamage(error)) throw error
        }
        return unlessAborted(signal, ask(begin(cwd, place), blob, maxBytes))
      }),
    async close() {
      for (const [cwd, reading] of open) end(cwd, reading)
      await Promise.all(ended)
    },
  }
}

async function ask({ running, scanner }: Reading, blob: string, maxBytes: number): Promise<Buffer | undefined> {
  running.stdin.write(`${blob}\n`)
  const [hash, type, size] = (await scanner.line()).split(' ')
  if (hash !== blob || type === undefined) throw damaged(`${blob}: git has ended`)
  if (type === 'missing') return undefined
  if (type !== 'blob') throw new GitError('What has this hash is no file.')
  if (Number(size) > maxBytes) throw new GitError(`The file has ${size} bytes, and at most ${maxBytes} are read.`)
  const content = Buffer.concat(await Array.fromAsync(scanner.bytes(Number(size))))
  await scanner.line()
  return content
}
