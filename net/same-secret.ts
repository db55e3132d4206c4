import { hash, timingSafeEqual } from 'node:crypto'

/** Says whether two secrets are equal. Compares digests, so that the time tells neither a difference nor a length. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
