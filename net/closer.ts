/** Returns a function that closes everything opened, once. Each of its calls resolves when everything is closed. */
export function closerOf(opened: AsyncDisposableStack): () => Promise<void> {
  const running = opened.move()
  let closed: Promise<void> | undefined
  return () => {
    closed ??= running.disposeAsync()
    return closed
  }
}
