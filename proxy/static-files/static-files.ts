import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createBuckets, type Pace } from '../../net/bucket.ts'
import { lineOf } from '../../net/error-code.ts'
import type { CopiedFiles, Copies } from './copies.ts'
import { type FirstFiles, learnFirstFiles } from './first.ts'

export interface StaticFiles {
  readonly copies: Copies
  readonly first: FirstFiles
  /** Returns the files under a digest if they are at hand. Otherwise begins to bring them, for the next one who asks. */
  atHand(digest: string): CopiedFiles | undefined
  /** Returns the files under a digest, from the disk or from a hub; undefined for an unknown one, and where no hub has answered. */
  find(digest: string): Promise<CopiedFiles | undefined>
  /** Takes over that files are not on the disk any more, so that they are fetched anew. */
  lost(digest: string): void
  /** Takes over that a route has changed: the digest that it named, and the one that it names now. */
  changed(before: string | undefined, after: string | undefined): void
  close(): void
}

export interface StaticFilesOptions {
  copies: Copies
  /** Asks the hubs for an archive. See `fetchArchive`. */
  fetch(
    digest: string,
    take: (archive: Readable) => Promise<CopiedFiles>,
  ): Promise<CopiedFiles | 'unknown' | 'unreachable'>
  log: Logger
}

/** How often hubs are asked for a digest that no route names and the disk does not have, since anyone can make some up. */
const unknownPace: Pace = { burst: 10, perSecond: 0.1 }

/** How long a digest that could not be had is not asked for again. */
const againMilliseconds = 5000

/** How many digests are in memory of which no route names any. */
const mostUnnamed = 20

const unusedMilliseconds = 30 * 24 * 3600_000
const tidyMilliseconds = 6 * 3600_000

export function openStaticFiles({ copies, fetch, log }: StaticFilesOptions): StaticFiles {
  const ready = new Map<string, CopiedFiles>()
  const coming = new Map<string, Promise<CopiedFiles | undefined>>()
  const failed = new Map<string, number>()
  const named = new Map<string, number>()
  const unknown = createBuckets(unknownPace)
  const stopped = new AbortController()

  async function bring(digest: string): Promise<CopiedFiles | undefined> {
    const onDisk = await copies.find(digest)
    if (onDisk !== undefined) return onDisk
    if (!named.has(digest) && unknown.take('unnamed') > 0) return undefined
    const fetched = await fetch(digest, (archive) => copies.write(digest, archive))
    if (typeof fetched !== 'string') {
      log.info({ digest, files: fetched.size }, 'fetched static files of a program')
      return fetched
    }
    if (named.has(digest)) log.warn({ digest, answer: fetched }, 'static files of a program could not be fetched')
    return undefined
  }

  async function find(digest: string): Promise<CopiedFiles | undefined> {
    const there = ready.get(digest)
    if (there !== undefined) return there
    const underWay = coming.get(digest)
    if (underWay !== undefined) return underWay
    if ((failed.get(digest) ?? 0) > performance.now()) return undefined
    const bringing = bring(digest)
      .catch((error: unknown) => {
        log.warn({ digest, reason: lineOf(error) }, 'static files of a program could not be fetched')
        return undefined
      })
      .then((files) => {
        coming.delete(digest)
        if (files !== undefined) keep(digest, files)
        // Digests that are made up are soon many.
        else if (named.has(digest)) failed.set(digest, performance.now() + againMilliseconds)
        return files
      })
    coming.set(digest, bringing)
    return bringing
  }

  function keep(digest: string, files: CopiedFiles): void {
    failed.delete(digest)
    ready.set(digest, files)
    const unnamed = [...ready.keys()].filter((one) => !named.has(one))
    for (const one of unnamed.slice(0, -mostUnnamed)) ready.delete(one)
  }

  async function tidy(): Promise<void> {
    while (!stopped.signal.aborted) {
      await copies.tidy(new Set([...named.keys(), ...ready.keys()]), unusedMilliseconds).catch((error: unknown) => {
        log.warn({ reason: lineOf(error) }, 'could not tidy the static files of programs')
      })
      await sleep(tidyMilliseconds, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
    }
  }
  void tidy()

  return {
    copies,
    first: learnFirstFiles(),
    find,
    atHand(digest) {
      const there = ready.get(digest)
      if (there === undefined) void find(digest)
      return there
    },
    changed(before, after) {
      if (before === after) return
      if (before !== undefined) {
        const left = (named.get(before) ?? 1) - 1
        if (left > 0) named.set(before, left)
        else named.delete(before)
        if (left <= 0) failed.delete(before)
      }
      if (after === undefined) return
      named.set(after, (named.get(after) ?? 0) + 1)
      void find(after)
    },
    lost: (digest) => void ready.delete(digest),
    close: () => stopped.abort(),
  }
}
