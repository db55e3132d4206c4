/** Reads contents by their hashes from one process of git, in the order in which they are asked. */
import type { Readable } from 'node:stream'
import { GitError } from './git.ts'
import { type GitRun, startGit } from './process.ts'

export interface Blob {
  blob: string
  bytes: number
  /** The content, to be read to its end before the next one is asked for. */
  content: AsyncIterable<Buffer>
}

/** Yields the blobs with these hashes. Throws a `GitError` at one that is not there or is no blob. */
export async function* readBlobs(
  run: Pick<GitRun, 'cwd' | 'signal'>,
  blobs: readonly string[],
): AsyncGenerator<Blob, void, void> {
  if (blobs.length === 0) return
  const ending = new AbortController()
  const signal = AbortSignal.any([run.signal, ending.signal])
  const { stdin, stdout, ended } = startGit({
    ...run,
    args: ['--git-dir=.', 'cat-file', '--batch', '--buffer'],
    signal,
  })
  ended.catch(() => undefined)
  stdin.end(`${blobs.join('\n')}\n`)
  const scanner = scan(stdout)
  try {
    for (const blob of blobs) {
      const [hash, type, size] = (await scanner.line()).split(' ')
      if (type === undefined) await ended
      if (hash !== blob || type !== 'blob') throw damaged(`${blob}: ${type ?? 'nothing'}`)
      const bytes = Number(size)
      yield { blob, bytes, content: scanner.bytes(bytes) }
      await scanner.line()
    }
  } finally {
    ending.abort()
  }
}

/** Returns the error for a mirror that lacks what it must have. */
export function damaged(detail: string): GitError {
  const error = new GitError(
    'The copy of the repository on this hub is damaged. It is fetched again at the next try.',
    {
      detail,
      passes: true,
    },
  )
  damages.add(error)
  return error
}

const damages = new WeakSet<object>()

export function isDamage(error: unknown): boolean {
  return typeof error === 'object' && error !== null && damages.has(error)
}

/** Returns what reads lines and numbers of bytes from a stream in turn. */
export function scan(stream: Readable): {
  line(): Promise<string>
  bytes(count: number): AsyncGenerator<Buffer, void, void>
} {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest: Buffer = Buffer.alloc(0)
  const more = async () => {
    const { done, value } = await pieces.next()
    rest = done === true ? Buffer.alloc(0) : value
    return done !== true
  }
  return {
    async line() {
      let line = ''
      for (;;) {
        const end = rest.indexOf(10)
        line += rest.subarray(0, end === -1 ? rest.length : end).toString('latin1')
        if (end !== -1) {
          rest = rest.subarray(end + 1)
          return line
        }
        if (line.length > 1000 || !(await more())) return line
      }
    },
    async *bytes(count) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw damaged('git ended within a file')
        const piece = rest.subarray(0, left)
        rest = rest.subarray(piece.length)
        left -= piece.length
        if (piece.length > 0) yield piece
      }
    },
  }
}
