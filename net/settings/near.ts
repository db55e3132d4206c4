/** Finds the names that a mistyped name may have meant. */

/** Returns up to three of the values whose keys are spelled like `wanted`, nearest first. Case does not count. */
export function findNearest<T>(wanted: string, all: readonly { key: string; value: T }[]): T[] {
  return byDistance(wanted, all).map(({ value }) => value)
}

/** Returns the end of a message about an unknown name: `; did you mean "a" or "b"?`, or '' when none is near. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const names = [...new Set(known)].map((name) => ({ key: name, value: name }))
  const [nearest, ...others] = byDistance(wanted, names)
  if (nearest === undefined) return ''
  const meant = [nearest, ...others.filter(({ distance }) => distance === nearest.distance)]
  return `; did you mean ${meant.map(({ value }) => `"${value}"`).join(' or ')}?`
}

function byDistance<T>(wanted: string, all: readonly { key: string; value: T }[]): { value: T; distance: number }[] {
  const typed = wanted.toLowerCase().slice(0, 64)
  const most = Math.max(2, Math.floor(typed.length / 3))
  return (
    all
      // Compares lengths first, which is cheap: the distance of two spellings is never below the difference in length.
      .filter(({ key }) => Math.abs(key.length - typed.length) <= most)
      .map(({ key, value }) => ({ value, length: key.length, distance: editDistance(typed, key.toLowerCase()) }))
      .filter(({ length, distance }) => distance <= most && isAlike(distance, Math.max(length, typed.length)))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
  )
}

/** Says whether enough of two spellings agrees: of two short names, all letters may differ within a distance of two. */
function isAlike(distance: number, length: number): boolean {
  return distance < 0.6 * length
}

/** Returns how many letters must be put in, left out, replaced, or swapped with their neighbour. Needs three rows. */
function editDistance(a: string, b: string): number {
  const width = b.length + 1
  let [earlier, above, row] = [
    new Uint16Array(width),
    Uint16Array.from({ length: width }, (_, index) => index),
    new Uint16Array(width),
  ]
  for (let i = 1; i <= a.length; i += 1) {
    row[0] = i
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(above, j - 1) + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1)
      const isSwap =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      const swapped = isSwap ? at(earlier, j - 2) + 1 : replaced
      row[j] = Math.min(replaced, swapped, at(above, j) + 1, at(row, j - 1) + 1)
    }
    ;[earlier, above, row] = [above, row, earlier]
  }
  return at(above, b.length)
}

function at(row: Uint16Array, index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
