import { createHash, timingSafeEqual } from 'node:crypto'

/** Takes the same time wherever the two differ, and however long they are. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
