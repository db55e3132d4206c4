// @ts-check
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** As large as V8's space for new objects may become, unless it doubles twice within one turn of the event loop. */
const bytesAtMost = 16 * 1024 * 1024

/**
 * Keeps V8's space for new objects from growing for ever. Under load V8 doubles it up to 128 MiB, and does not give it
 * back; above 16 MiB the collections cost no less. V8 has a flag for its size, but reads that only when Node starts.
 */
export function keepNewSpaceSmall() {
  let isFull = false
  new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    const isFullNow = space !== undefined && space.space_size * 2 > bytesAtMost
    // V8 may also have made it smaller, and then it must be able to grow again.
    if (isFullNow !== isFull) setFlagsFromString(`--semi-space-growth-factor=${isFullNow ? 1 : 2}`)
    isFull = isFullNow
  }).observe({ entryTypes: ['gc'] })
}
