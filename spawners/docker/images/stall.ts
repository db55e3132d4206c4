/** Watches an answer of the engine that comes in parts and may take long, and gives it up when nothing comes. */
export interface Stall {
  /** Is aborted with the caller's signal, and when nothing was heard for too long. */
  signal: AbortSignal
  /** Begins the time anew. */
  heard(): void
  /** Returns the error to tell: that of the silence in place of what followed from it. */
  errorFor(error: unknown): unknown
  end(): void
}

export function watchStall(seconds: number, signal: AbortSignal): Stall {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), seconds * 1000)
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    heard: () => void timer.refresh(),
    errorFor: (error) => (stalled.signal.aborted ? new Error(`nothing was heard of it for ${seconds} s`) : error),
    end: () => clearTimeout(timer),
  }
}
