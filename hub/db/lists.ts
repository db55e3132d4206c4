/** Pairs of a name and a value as lists by name, in their order. */
export function listsOf(pairs: [string, string][]): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [value])
    else list.push(value)
  }
  return lists
}
