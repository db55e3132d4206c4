/** Finds the images of the nodes, and has a DaemonSet for each placement bring and keep them. */
import type { V1DaemonSet } from '@kubernetes/client-node'
import type { BringProgress, FoundImage, Images } from '../../images.ts'
import type { Installation } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import { pause } from '../start.ts'
import { ask, askAnew } from './ask.ts'
import { buildDaemonSet, imagesAsked, whenAsked } from './daemon-set.ts'
import { follow } from './follow.ts'
import type { NodeImage } from './node-image.ts'
import { readSeen, type Seen, stateAt } from './seen.ts'
import {
  type OptionsOf,
  type PlacedImage,
  statesByNode,
  type WantedImage,
  type WantedThere,
  wantedByPlacement,
  wantedImage,
} from './wanted.ts'

export function nodeImages(
  api: PodApi,
  installation: Installation,
  optionsOf: OptionsOf,
): Images & Required<Pick<Images, 'keep'>> {
  const options = optionsOf(undefined)
  return {
    async find(images, { signal }) {
      signal.throwIfAborted()
      if (images.length === 0) return []
      const seen = await readSeen(api, installation, signal)
      return images.map((use) => foundNow(wantedImage(use, optionsOf), seen))
    },

    async bring(images, { signal, report }) {
      signal.throwIfAborted()
      if (images.length === 0) return []
      const all = images.map((use) => wantedImage(use, optionsOf))
      const byPlacement = wantedByPlacement(images, optionsOf)
      const before = await readSeen(api, installation, signal)
      await Promise.all([...byPlacement.values()].map((wanted) => ask(api, wanted, installation, options, signal)))
      const rising = risingOnly(report)
      const after = await follow(api, all, installation, signal, (image, states) => rising(image, countOf(states)))
      const found = all.map((wanted) => broughtOf(wanted, before, after.get(wanted.image) ?? new Map()))
      await keepOld()
      return found

      /** Has nodes keep the images that they have and could not ask for anew. */
      async function keepOld(): Promise<void> {
        const old = found.filter(({ problem, places }) => problem !== undefined && places.having > 0)
        const failed = new Set(old.map(({ image }) => image))
        const again = all.filter(({ image }) => failed.has(image))
        const names = new Set(
          again.flatMap((one) => ('problem' in one ? [] : one.placements.flatMap(({ images }) => images))),
        )
        const kept = [...byPlacement.values()].flatMap(({ placement, images }) => {
          const its = [...images].filter(([image, way]) => way === 'fresh' && names.has(image))
          return its.length > 0 ? [{ placement, images: new Map(its.map(([image]) => [image, 'kept' as const])) }] : []
        })
        if (kept.length === 0) return
        await Promise.all(kept.map((wanted) => askAnew(api, wanted, installation, options, signal)))
        await follow(api, again, installation, signal, () => undefined)
      }
    },

    async keep(images, { signal }) {
      const byPlacement = wantedByPlacement(images, optionsOf)
      for (;;) {
        const { sets } = await readSeen(api, installation, signal)
        const changes = [...sets].map(([key, set]) => letGo(set, byPlacement.get(key), signal))
        // One that another hub, or the cluster, has changed meanwhile is looked at again.
        if ((await Promise.all(changes)).every((isDone) => isDone)) return
        await pause(200, signal)
      }
    },
  }

  /** Takes from a DaemonSet what is not wanted. Resolves with false where that was changed meanwhile. */
  async function letGo(set: V1DaemonSet, wanted: WantedThere | undefined, signal: AbortSignal): Promise<boolean> {
    const there = imagesAsked(set)
    const kept = new Map([...there].filter(([image]) => wanted?.images.has(image)))
    if (wanted === undefined || kept.size === 0) return (await api.daemonSets.remove(set, signal)) !== undefined
    if (kept.size === there.size) return true
    const body = buildDaemonSet(wanted.placement, kept, whenAsked(set), installation, options)
    return (await api.daemonSets.replace({ ...body, metadata: set.metadata ?? {} }, signal)) !== undefined
  }
}

type States = ReadonlyMap<string, NodeImage>

function foundNow(wanted: WantedImage, seen: Seen): FoundImage {
  const { image } = wanted
  if ('problem' in wanted) return { image, places: { having: 0, all: 0 }, problem: wanted.problem }
  const states = statesOf(wanted, seen)
  const places = countOf(states)
  const id = idIn(states)
  const problem = whyMissing(wanted, states, seen)
  return { image, ...(id !== undefined && { id }), places, ...(problem !== undefined && { problem }) }
}

/** Returns what the nodes of all placements have of an image. */
function statesOf(wanted: PlacedImage, seen: Seen): States {
  const look = (image: string, place: Parameters<typeof stateAt>[0]) => stateAt(place, image)
  return statesByNode(wanted, seen, look, (known, other) => (known.state === 'has' ? known : other))
}

/** Returns how an image stands after it was asked for: what a node had before, it still has. */
function broughtOf(wanted: WantedImage, before: Seen, after: States): FoundImage {
  const { image } = wanted
  if ('problem' in wanted) return { image, places: { having: 0, all: 0 }, problem: wanted.problem }
  const old = statesOf(wanted, before)
  const states = new Map(
    [...after].map(([node, state]) => {
      const had = old.get(node)
      return [node, state.state !== 'has' && had?.state === 'has' ? had : state] as const
    }),
  )
  const id = idIn(states)
  const problem = problemIn(after) ?? (after.size === 0 ? noNode : undefined)
  return { image, ...(id !== undefined && { id }), places: countOf(states), ...(problem !== undefined && { problem }) }
}

const noNode =
  'No node is there at the moment on which its servers may run. One that comes fetches it, once it was pulled.'

function whyMissing({ image, placements }: PlacedImage, states: States, { nodes }: Seen): string | undefined {
  const { having, all } = countOf(states)
  if (all === 0 && nodes !== undefined) return noNode
  if (all === 0) {
    return `Which nodes have ${image} is not known. Fetch it to all of them: carrel images pull. Or let the hub list nodes.`
  }
  if (having === all) return undefined
  const beside = [...new Set(placements.flatMap(({ images }) => images))].filter((one) => one !== image)
  const what = beside.length === 0 ? image : `${image}, or what its servers need beside it (${beside.join(', ')})`
  return problemIn(states) ?? `${all - having} of ${all} nodes lack ${what}. Fetch it: carrel images pull.`
}

function problemIn(states: States): string | undefined {
  for (const [node, state] of states) {
    if (state.state === 'failed')
      return `${node.startsWith('?') ? 'A node' : `The node ${node}`} could not get it: ${state.why}`
  }
  return undefined
}

function countOf(states: States): { having: number; all: number } {
  return { having: [...states.values()].filter(({ state }) => state === 'has').length, all: states.size }
}

function idIn(states: States): string | undefined {
  return [...states.values()].flatMap((one) => (one.state === 'has' && one.id !== undefined ? [one.id] : [])).sort()[0]
}

/** Returns a function that reports how many nodes have an image when that has changed, and never fewer than before. */
function risingOnly(report: (progress: BringProgress) => void) {
  const last = new Map<string, { having: number; all: number }>()
  return (image: string, { having, all }: { having: number; all: number }) => {
    const before = last.get(image)
    const now = { having: Math.max(having, Math.min(before?.having ?? 0, all)), all }
    if (before?.having === now.having && before.all === all) return
    last.set(image, now)
    report({ image, places: now })
  }
}
