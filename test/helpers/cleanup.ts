/** Takes functions that end what a test has started, and runs them in reverse order like `AsyncDisposableStack`. */
export interface Cleanup {
  defer(end: () => unknown): void
}

/** Returns a cleanup that runs after each test of a `describe`, for what a test or a `beforeEach` starts. */
export function cleanupAfterEach(): Cleanup {
  const { cleanup, run } = renewed()
  afterEach(run)
  return cleanup
}

/** Returns a cleanup that runs after all tests of a `describe`, for what a `before` starts. */
export function cleanupAfterAll(): Cleanup {
  const { cleanup, run } = renewed()
  after(run)
  return cleanup
}

function renewed(): { cleanup: Cleanup; run(): Promise<void> } {
  let stack = new AsyncDisposableStack()
  return {
    cleanup: { defer: (end) => stack.defer(async () => void (await end())) },
    run() {
      const ending = stack
      stack = new AsyncDisposableStack()
      return ending.disposeAsync()
    },
  }
}
