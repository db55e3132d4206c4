/** Times in which something held the event loop of a hub: what `stalls-watch.ts` writes, and how it is read. */
import { readFile } from 'node:fs/promises'
import type { Profiler } from 'node:inspector'
import { basename, join } from 'node:path'

export interface Held {
  /** When it began, in milliseconds since 1970. */
  at: number
  /** Processor time of the thread, not time on the clock. */
  milliseconds: number
  /** The stacks that took most of it, the longest first. */
  by: { stack: string[]; milliseconds: number }[]
}

const shownStacks = 3
const shownFrames = 6

/** Returns the stacks that the profile has seen since this time, with their shares of the processor time. */
export function heldBy(profile: Profiler.Profile, sinceMicroseconds: number, milliseconds: number): Held['by'] {
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const counts = new Map<string, number>()
  let at = profile.startTime
  let all = 0
  for (const [index, id] of (profile.samples ?? []).entries()) {
    at += profile.timeDeltas?.[index] ?? 0
    if (at < sinceMicroseconds || nodes.get(id)?.callFrame.functionName === '(idle)') continue
    const stack: string[] = []
    for (let node = nodes.get(id); node !== undefined && stack.length < shownFrames; ) {
      const { functionName, url, lineNumber } = node.callFrame
      if (functionName !== '(root)') stack.push(frameText(functionName, url, lineNumber))
      const parent = parents.get(node.id)
      node = parent === undefined ? undefined : nodes.get(parent)
    }
    const key = stack.join('\n')
    counts.set(key, (counts.get(key) ?? 0) + 1)
    all += 1
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, shownStacks)
    .map(([stack, count]) => ({ stack: stack.split('\n'), milliseconds: (milliseconds * count) / all }))
}

function frameText(name: string, url: string, line: number): string {
  const place = url === '' ? '' : ` (${url.startsWith('node:') ? url : basename(url)}:${line + 1})`
  return `${name || '(anonymous)'}${place}`
}

export function stallsFile(dir: string): string {
  return join(dir, 'stalls.jsonl')
}

/** Returns what held the hub's event loop since this time. */
export async function readStalls(dir: string, since: number): Promise<Held[]> {
  const text = await readFile(stallsFile(dir), 'utf8').catch(() => '')
  const all = text
    .split('\n')
    .filter(Boolean)
    .map((line): Held => JSON.parse(line))
  return all.filter(({ at }) => at >= since)
}
