/** Takes the ends of what a test starts; they run in reverse order. An `AsyncDisposableStack` is one too. */
export interface Cleanup {
  defer(end: () => unknown): void
}

/** For the tests of a `describe`: what is started in a test, or in a `beforeEach`, ends after that test. */
export function cleanupAfterEach(): Cleanup {
  const { cleanup, run } = renewed()
  afterEach(run)
  return cleanup
}

/** For the tests of a `describe`: what is started in a `before` ends after all of them. */
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
