/** What a hub has for snapshots beside their rows: a thread that makes their pages, and counts of how often they are made and read. */
import { type Buckets, type ClientBuckets, createBuckets, createClientBuckets, type Pace } from '../../net/bucket.ts'
import { createUnderWay, type UnderWay } from '../../net/under-way.ts'
import { type HubPreviews, openPreviews } from '../previews/previews.ts'

export interface HubSnapshots extends Pick<HubPreviews, 'render' | 'close'> {
  /** How often a user may share something: each time takes the thread, and reads the user's server. */
  shares: Buckets
  /** How often a client may ask for what is not there. */
  misses: ClientBuckets
  /** Pages on their way to readers. */
  reads: UnderWay
}

const sharePace: Pace = { burst: 10, perSecond: 1 / 30 }
const missPace: Pace = { burst: 60, perSecond: 1 / 2 }

/** Opens a thread of its own, so that what learners share delays no launch, whose page another thread makes. */
export function openSnapshots(): HubSnapshots {
  const { render, close } = openPreviews()
  return {
    ...{ render, close },
    shares: createBuckets(sharePace),
    misses: createClientBuckets(missPace),
    reads: createUnderWay(),
  }
}
