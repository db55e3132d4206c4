/**
 * Pauses: moments in which nothing that changes files of a server is forwarded to it, so that a hub can put one file in the
 * place of another. What comes meanwhile waits. A pause ends by itself, since its hub may be killed.
 */
import { drainMilliseconds, pauseMilliseconds } from '../../seats/route.ts'

/** `other`: this server is paused already, or too many are. `busy`: something that was under way was not done in time. */
export type PauseResult = 'paused' | 'other' | 'busy'

export interface Pauses {
  /** Begins a pause of the server at a path. Resolves when nothing is under way any more; with anything but `paused` there is no pause. */
  begin(path: string, id: string): Promise<PauseResult>
  /** Ends a pause. Returns whether it has lasted until now. */
  end(path: string, id: string): Promise<boolean>
}

export interface OwnPauses extends Pauses {
  /** Lets a request pass, at once or after the pause of its server. `go` gets a function that it must call when the request is over. */
  pass(path: string, go: (over: () => void) => void): void
}

/** The most servers that are paused at once. Hubs pause one for the time of three requests. */
export const mostPauses = 1000

interface Pause {
  id: string
  timer: NodeJS.Timeout
  waiting: (() => void)[]
  /** Tells the one who began it that nothing is under way, or that it is over. */
  settled(): void
}

/** Tests have shorter times. */
export function createPauses({ most = pauseMilliseconds, drain = drainMilliseconds } = {}): OwnPauses {
  const pauses = new Map<string, Pause>()
  const underWay = new Map<string, number>()

  const over = (path: string) => {
    const left = (underWay.get(path) ?? 0) - 1
    if (left > 0) return void underWay.set(path, left)
    underWay.delete(path)
    pauses.get(path)?.settled()
  }
  const finish = (path: string) => {
    const pause = pauses.get(path)
    pauses.delete(path)
    clearTimeout(pause?.timer)
    pause?.settled()
    for (const go of pause?.waiting ?? []) go()
  }

  return {
    pass(path, go) {
      const begin = () => {
        underWay.set(path, (underWay.get(path) ?? 0) + 1)
        let isOver = false
        go(() => {
          if (!isOver) over(path)
          isOver = true
        })
      }
      const pause = pauses.get(path)
      if (pause === undefined) begin()
      else pause.waiting.push(begin)
    },

    async begin(path, id) {
      if (pauses.has(path) || pauses.size >= mostPauses) return 'other'
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(() => finish(path), most).unref()
      pauses.set(path, { id, timer, waiting: [], settled: resolve })
      if (underWay.has(path)) {
        const late = setTimeout(resolve, drain)
        await promise
        clearTimeout(late)
      }
      // The hub that began it may have given it up meanwhile.
      if (pauses.get(path)?.id !== id) return 'other'
      if (!underWay.has(path)) return 'paused'
      finish(path)
      return 'busy'
    },

    async end(path, id) {
      if (pauses.get(path)?.id !== id) return false
      finish(path)
      return true
    },
  }
}
