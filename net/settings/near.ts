/** Finds the names that a mistyped name may have meant. */

/** More letters than any two spellings can differ by, and small enough to be counted up from. */
const farAway = 10_000

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
  const [a, b, c] = meant.map(({ value }) => value)
  if (c !== undefined) return `; did you mean "${a}", "${b}" or "${c}"?`
  return b !== undefined ? `; did you mean "${a}" or "${b}"?` : `; did you mean "${a}"?`
}

function byDistance<T>(wanted: string, all: readonly { key: string; value: T }[]): { value: T; distance: number }[] {
  const typed = wanted.toLowerCase().slice(0, 64)
  const most = Math.max(2, Math.floor(typed.length / 3))
  const letters = lettersOf(typed)
  return (
    all
      // Compares lengths first, which is cheap: the distance of two spellings is never below the difference in length.
      .filter(({ key }) => Math.abs(key.length - typed.length) <= most)
      .map(({ key, value }) => ({
        value,
        length: key.length,
        distance: editDistance(letters, lettersOf(key.toLowerCase()), most),
      }))
      .filter(({ length, distance }) => distance <= most && isAlike(distance, Math.max(length, typed.length)))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
  )
}

/** Says whether enough of two spellings agrees: of two short names, all letters may differ within a distance of two. */
function isAlike(distance: number, length: number): boolean {
  return distance < 0.6 * length
}

/**
 * Returns how many letters must be put in, left out, replaced, or swapped with their neighbour, and any number above `most`
 * where it is more. So only what lies near the diagonal is worked out. Needs three rows.
 */
function editDistance(a: Uint16Array, b: Uint16Array, most: number): number {
  const width = b.length + 2
  let [earlier, above, row] = [
    new Uint16Array(width).fill(farAway),
    Uint16Array.from({ length: width }, (_, index) => index),
    new Uint16Array(width).fill(farAway),
  ]
  for (let i = 1; i <= a.length; i += 1) {
    const [from, to] = [Math.max(1, i - most), Math.min(b.length, i + most)]
    const [letter, before] = [a[i - 1] as number, a[i - 2]]
    let left = from === 1 ? i : farAway
    row[from - 1] = left
    for (let j = from; j <= to; j += 1) {
      const other = b[j - 1] as number
      let least = (above[j - 1] as number) + (letter === other ? 0 : 1)
      const shorter = Math.min(above[j] as number, left) + 1
      if (shorter < least) least = shorter
      if (before === other && i > 1 && letter === b[j - 2]) least = Math.min(least, (earlier[j - 2] as number) + 1)
      left = least
      row[j] = least
    }
    row[to + 1] = farAway
    ;[earlier, above, row] = [above, row, earlier]
  }
  return above[b.length] as number
}

function lettersOf(text: string): Uint16Array {
  const letters = new Uint16Array(text.length)
  for (let index = 0; index < text.length; index += 1) letters[index] = text.charCodeAt(index)
  return letters
}
