/** Finds which cells of a notebook are those of an older one: equal ones first, then edited ones. */
import { cellKey } from '../changed.ts'
import type { Cell } from '../notebook.ts'

export interface Match {
  /** Of each older cell, where it is in the newer notebook; undefined if it is gone. */
  readonly toNew: readonly (number | undefined)[]
  readonly toOld: readonly (number | undefined)[]
  /** Of the older cells, those that stand elsewhere among the others. */
  readonly moved: ReadonlySet<number>
}

/** How many pairs of cells are compared with one another in one gap between equal cells. */
const mostPairs = 40_000

export function matchCells(older: readonly Cell[], newer: readonly Cell[]): Match {
  const match = new Matching(older, newer)
  match.equalOnes()
  match.movedOnes()
  match.editedOnes()
  return { toNew: match.toNew, toOld: match.toOld, moved: outOfOrder(match.toNew) }
}

class Matching {
  readonly toNew: (number | undefined)[]
  readonly toOld: (number | undefined)[]
  private readonly older: readonly Cell[]
  private readonly newer: readonly Cell[]
  private readonly oldKeys: string[]
  private readonly newKeys: string[]

  constructor(older: readonly Cell[], newer: readonly Cell[]) {
    this.older = older
    this.newer = newer
    this.oldKeys = older.map((cell) => cellKey(cell) ?? '')
    this.newKeys = newer.map((cell) => cellKey(cell) ?? '')
    this.toNew = older.map(() => undefined)
    this.toOld = newer.map(() => undefined)
  }

  /** Matches equal cells in order: those at both ends, those that are there once, and all between them. */
  equalOnes(): void {
    let start = 0
    let oldEnd = this.older.length
    let newEnd = this.newer.length
    while (start < oldEnd && start < newEnd && this.oldKeys[start] === this.newKeys[start]) this.pair(start, start++)
    while (oldEnd > start && newEnd > start && this.oldKeys[oldEnd - 1] === this.newKeys[newEnd - 1]) {
      oldEnd -= 1
      newEnd -= 1
      this.pair(oldEnd, newEnd)
    }
    const anchors = increasing(this.uniqueOnes(start, oldEnd, newEnd))
    let [oldAt, newAt] = [start, start]
    for (const [one, other] of [...anchors, [oldEnd, newEnd] as const]) {
      this.commonOnes(oldAt, one, newAt, other)
      if (one < oldEnd) this.pair(one, other)
      oldAt = one + 1
      newAt = other + 1
    }
  }

  /** Matches equal cells that stand elsewhere. */
  movedOnes(): void {
    const left = new Map<string, number[]>()
    for (const [at, key] of this.newKeys.entries()) {
      if (this.toOld[at] !== undefined || key === '') continue
      const places = left.get(key)
      if (places === undefined) left.set(key, [at])
      else places.push(at)
    }
    for (const places of left.values()) places.reverse()
    for (const [at, key] of this.oldKeys.entries()) {
      const found = this.toNew[at] === undefined ? left.get(key)?.pop() : undefined
      if (found !== undefined) this.pair(at, found)
    }
  }

  /** Matches what is left between two matches: cells of one id, the only one of a place, or the most alike. */
  editedOnes(): void {
    const ids = new Map(this.newer.map(({ json }, at) => [json?.id, at]))
    for (const [at, { json, kind }] of this.older.entries()) {
      const same = json?.id === undefined || this.toNew[at] !== undefined ? undefined : ids.get(json.id)
      if (same !== undefined && this.toOld[same] === undefined && this.newer[same]?.kind === kind) this.pair(at, same)
    }
    let newAt = 0
    for (let at = 0; at < this.older.length; ) {
      const known = this.toNew[at]
      if (known !== undefined) {
        newAt = known + 1
        at += 1
        continue
      }
      let end = at
      while (end < this.older.length && this.toNew[end] === undefined) end += 1
      let newEnd = newAt
      while (newEnd < this.newer.length && this.toOld[newEnd] === undefined) newEnd += 1
      this.alikeOnes(at, end, newAt, newEnd)
      at = end
    }
  }

  private pair(one: number, other: number): void {
    this.toNew[one] = other
    this.toOld[other] = one
  }

  private uniqueOnes(start: number, oldEnd: number, newEnd: number): [number, number][] {
    const news = onlyOnes(this.newKeys, start, newEnd)
    return [...onlyOnes(this.oldKeys, start, oldEnd)].flatMap(([key, at]): [number, number][] => {
      const other = news.get(key)
      return other === undefined ? [] : [[at, other]]
    })
  }

  /** Matches the longest common part of two gaps, unless they are too long for that. */
  private commonOnes(oldStart: number, oldEnd: number, newStart: number, newEnd: number): void {
    const width = newEnd - newStart
    if ((oldEnd - oldStart) * width > mostPairs) return
    const lengths = Array.from({ length: oldEnd - oldStart + 1 }, () => new Uint32Array(width + 1))
    const at = (one: number, other: number) => lengths[one - oldStart]?.[other - newStart] ?? 0
    for (let one = oldEnd - 1; one >= oldStart; one -= 1) {
      for (let other = newEnd - 1; other >= newStart; other -= 1) {
        const row = lengths[one - oldStart]
        const isSame = this.oldKeys[one] === this.newKeys[other]
        if (row !== undefined) {
          row[other - newStart] = isSame ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1))
        }
      }
    }
    for (let one = oldStart, other = newStart; one < oldEnd && other < newEnd; ) {
      if (this.oldKeys[one] === this.newKeys[other]) this.pair(one++, other++)
      else if (at(one + 1, other) >= at(one, other + 1)) one += 1
      else other += 1
    }
  }

  private alikeOnes(oldStart: number, oldEnd: number, newStart: number, newEnd: number): void {
    const kinds = (cells: readonly Cell[]) => cells.map(({ kind }) => kind).join()
    const olds = this.older.slice(oldStart, oldEnd)
    const news = this.newer.slice(newStart, newEnd)
    if (kinds(olds) === kinds(news)) {
      for (const at of olds.keys()) this.pair(oldStart + at, newStart + at)
      return
    }
    if (olds.length * news.length > mostPairs / 40) return
    let from = 0
    for (const [at, cell] of olds.entries()) {
      let best = { likeness: 0.5, other: -1 }
      for (let other = from; other < news.length; other += 1) {
        const one = news[other]
        const likeness = one?.kind === cell.kind ? likenessOf(cell.source, one.source) : 0
        if (likeness > best.likeness) best = { likeness, other }
      }
      if (best.other < 0) continue
      this.pair(oldStart + at, newStart + best.other)
      from = best.other + 1
    }
  }
}

/** Returns the keys that are there once in a range, and where. */
function onlyOnes(keys: readonly string[], start: number, end: number): Map<string, number> {
  const found = new Map<string, number>()
  const twice = new Set<string>()
  for (let at = start; at < end; at += 1) {
    const key = keys[at] ?? ''
    if (found.has(key)) twice.add(key)
    found.set(key, at)
  }
  for (const key of twice) found.delete(key)
  found.delete('')
  return found
}

/** Returns as many of the pairs as possible of which the second numbers grow with the first. */
function increasing(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = []
  const before = new Map<number, number | undefined>()
  for (const [at, [, other]] of pairs.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < other) low = middle + 1
      else high = middle
    }
    before.set(at, low > 0 ? tails[low - 1] : undefined)
    tails[low] = at
  }
  const result: [number, number][] = []
  for (let at = tails.at(-1); at !== undefined; at = before.get(at)) {
    const pair = pairs[at]
    if (pair !== undefined) result.push(pair)
  }
  return result.reverse()
}

function outOfOrder(toNew: readonly (number | undefined)[]): Set<number> {
  const pairs = toNew.flatMap((other, at): [number, number][] => (other === undefined ? [] : [[at, other]]))
  const inOrder = new Set(increasing(pairs).map(([at]) => at))
  return new Set(pairs.map(([at]) => at).filter((at) => !inOrder.has(at)))
}

/** Tells how alike two texts are, from 0 to 1, by the lines that they share. */
function likenessOf(one: string, other: string): number {
  const [lines, others] = [one, other].map((text) =>
    text
      .slice(0, 10_000)
      .split('\n')
      .map((line) => line.trim()),
  )
  const left = new Map<string, number>()
  for (const line of others ?? []) left.set(line, (left.get(line) ?? 0) + 1)
  let shared = 0
  for (const line of lines ?? []) {
    const count = left.get(line) ?? 0
    if (count > 0) shared += 1
    left.set(line, count - 1)
  }
  return (2 * shared) / ((lines?.length ?? 0) + (others?.length ?? 0))
}
