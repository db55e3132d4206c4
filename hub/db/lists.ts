/** Returns pairs of a name and a value as lists by name. Each list keeps the order of the pairs. */
export function listsOf(pairs: [string, string][]): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [value])
    else list.push(value)
  }
  return lists
}
