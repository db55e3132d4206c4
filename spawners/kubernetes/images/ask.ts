/** Asks the nodes of a placement for images, by its DaemonSet. */
import type { Installation } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import type { KubernetesOptions } from '../options.ts'
import { pause } from '../start.ts'
import { buildDaemonSet, imagesAsked, whenAsked } from './daemon-set.ts'
import { inPod } from './node-image.ts'
import { currentPod, isObserved, placesOf, readSeen, type Seen } from './seen.ts'
import type { WantedThere } from './wanted.ts'

/** Seconds in which the nodes that are asked begin. One that has not by then may never. */
const beginSeconds = 30

/** Asks for images, unless the nodes are about to get just these, as another hub or an earlier call has asked them. */
export function ask(...args: Asked): Promise<void> {
  return change(false, args)
}

/** Asks for images once more, whatever is under way. */
export function askAnew(...args: Asked): Promise<void> {
  return change(true, args)
}

type Asked = [
  api: PodApi,
  wanted: WantedThere,
  installation: Installation,
  options: KubernetesOptions,
  signal: AbortSignal,
]

async function change(anew: boolean, [api, wanted, installation, options, signal]: Asked): Promise<void> {
  const { placement, images } = wanted
  for (;;) {
    const seen = await readSeen(api, installation, signal)
    const set = seen.sets.get(placement.key)
    const there = set === undefined ? new Map() : imagesAsked(set)
    const isAsked = [...images].every(([image, way]) => there.get(image) === way)
    if (!anew && isAsked && isUnderWay(seen, wanted)) return
    const asked = new Date().toISOString()
    const body = buildDaemonSet(placement, new Map([...there, ...images]), asked, installation, options)
    const made =
      set === undefined
        ? await api.daemonSets.create(body, signal)
        : await api.daemonSets.replace({ ...body, metadata: set.metadata ?? {} }, signal)
    if (made !== undefined) return
    // Another hub was faster.
    await pause(200, signal)
  }
}

function isUnderWay(seen: Seen, { placement, images }: WantedThere): boolean {
  const set = seen.sets.get(placement.key)
  if (set === undefined) return false
  const isYoung = Math.abs(Date.now() - Date.parse(whenAsked(set))) < beginSeconds * 1000
  if (!isObserved(set)) return isYoung
  return placesOf(seen, placement).some((place) => {
    const pod = currentPod(place, set)
    if (pod?.status?.startTime === undefined) return isYoung
    return [...images.keys()].some((image) => inPod(pod, image).state === 'waits')
  })
}
