/**
 * Whether a stream that did not take what was written to it at once has still something to write. A piece as long as the
 * stream's mark is never taken, also where the system has got all of it by now; to stop and go on costs as much as a
 * write.
 */
export function isBehind(isTaken: boolean, stream: { writableLength: number }): boolean {
  return !isTaken && stream.writableLength > 0
}
