/** How many texts are remembered, and up to which length, so that no client can fill the memory. */
const textsAtMost = 1000
const lengthAtMost = 2000

/** Returns the function with a memory of its results, for texts of which the same few come with each request. */
export function remembered<T>(compute: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>()
  return (text) => {
    const known = results.get(text)
    if (known !== undefined) return known
    const result = compute(text)
    if (text.length > lengthAtMost) return result
    if (results.size >= textsAtMost) results.clear()
    results.set(text, result)
    return result
  }
}
