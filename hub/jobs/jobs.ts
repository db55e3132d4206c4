/** Wakes the loop of a hub that looks for jobs. */
export interface HubJobs {
  /** Has this hub look for jobs at once. */
  wake(): void
  /** Resolves when it is woken. */
  woken(): Promise<void>
}

export function createJobs(): HubJobs {
  let wakeNow = () => {}
  return {
    wake: () => wakeNow(),
    woken: () => new Promise<void>((resolve) => (wakeNow = resolve)),
  }
}
