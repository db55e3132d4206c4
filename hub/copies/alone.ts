import type { PlaceOfCopy } from '../db/content/copies.ts'
import type { Hub } from '../hub.ts'

/**
 * Does what only one request of this process may do at the place of a notebook. Returns undefined where another one is at it. So
 * a row of `swaps` that names this hub, and at whose place it does nothing, is one that it could not end or leave.
 */
export async function alone<T>(
  { replacing }: Pick<Hub, 'replacing'>,
  { holder, path }: PlaceOfCopy,
  act: () => Promise<T>,
): Promise<T | undefined> {
  const place = `${holder} ${path}`
  if (replacing.has(place)) return undefined
  replacing.add(place)
  try {
    return await act()
  } finally {
    replacing.delete(place)
  }
}
