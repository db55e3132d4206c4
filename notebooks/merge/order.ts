import type { Match } from './match.ts'

/** A cell of the merged notebook: where it is in each of the three, as far as it is there. */
export interface Node {
  old?: number | undefined
  mine?: number | undefined
  theirs?: number | undefined
}

/**
 * Returns the cells of all three notebooks in the order of the merged one: that of the side that has moved cells, `mine` if
 * both have. A cell that only the other side has comes behind the one that it follows there; cells added by both at one
 * place have those of `mine` first. A cell that both sides have added is there once.
 */
export function orderedNodes(
  toMine: Match,
  toTheirs: Match,
  isSame: (mine: number, theirs: number) => boolean,
): Node[] {
  const old: Node[] = toMine.toNew.map((mine, at) => ({ old: at, mine, theirs: toTheirs.toNew[at] }))
  const mine = toMine.toOld.map((from, at): Node => (from === undefined ? { mine: at } : (old[from] ?? {})))
  const theirs = toTheirs.toOld.map((from, at): Node => (from === undefined ? { theirs: at } : (old[from] ?? {})))
  joinAdded(mine, theirs, isSame)
  const isTheirs = toMine.moved.size === 0 && toTheirs.moved.size > 0
  const [first, second] = isTheirs ? [theirs, mine] : [mine, theirs]
  const order = new Order(first)
  order.add(second, !isTheirs)
  order.add(old, false)
  return order.nodes()
}

/** Makes one of two cells that both sides have added behind the same cell. */
function joinAdded(mine: Node[], theirs: Node[], isSame: (mine: number, theirs: number) => boolean): void {
  const place = new Map(mine.map((node, at) => [node, at]))
  let next = 0
  for (const [at, node] of theirs.entries()) {
    const known = place.get(node)
    if (known !== undefined) {
      next = known + 1
      continue
    }
    const other = mine[next]
    if (node.theirs === undefined || node.old !== undefined || other?.mine === undefined || other.old !== undefined)
      continue
    if (!isSame(other.mine, node.theirs)) continue
    other.theirs = node.theirs
    theirs[at] = other
    next += 1
  }
}

/** A list into which others are merged. */
class Order {
  private readonly first: Node[]
  private readonly behind = new Map<Node | undefined, Node[]>()
  private readonly known: Set<Node>

  constructor(first: Node[]) {
    this.first = first
    this.known = new Set(first)
  }

  /** Adds what is not there behind what it follows in another list; with `isLast`, behind what was added there before. */
  add(list: readonly Node[], isLast: boolean): void {
    const places = new Map(this.first.map((node, at) => [node, at]))
    let anchor: Node | undefined
    for (const node of list) {
      if (!this.known.has(node)) {
        let at = anchor
        if (isLast) {
          let place = at === undefined ? 0 : (places.get(at) ?? this.first.length) + 1
          for (; isAdded(this.first[place]); place += 1) at = this.first[place]
        }
        const others = this.behind.get(at) ?? []
        this.behind.set(at, isLast ? [...others, node] : [node, ...others])
        this.known.add(node)
      }
      anchor = node
    }
  }

  nodes(): Node[] {
    const result: Node[] = []
    const left = [...(this.behind.get(undefined) ?? []), ...this.first].reverse()
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      result.push(node)
      left.push(...(this.behind.get(node) ?? []).toReversed())
    }
    return result
  }
}

/** Tells whether only one side has this cell, as an added one. */
function isAdded(node: Node | undefined): boolean {
  return node !== undefined && node.old === undefined && (node.mine === undefined || node.theirs === undefined)
}
