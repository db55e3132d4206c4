/** What a hub has for snapshots beside their rows: a thread that makes their pages, and counts of how often they are made and read. */
import { type Buckets, type ClientBuckets, createBuckets, createClientBuckets, type Pace } from '../../net/bucket.ts'
import { createUnderWay, type UnderWay } from '../../net/under-way.ts'
import { type HubPreviews, openPreviews } from '../previews/previews.ts'

export interface HubSnapshots extends Pick<HubPreviews, 'render' | 'close'> {
  /** Turns of users to share something: each time takes the thread, and reads the user's server. */
  shares: Buckets
  /** Pages that are being made, or wait for the thread. */
  makes: UnderWay
  /** How often a client may ask for what is not there. */
  misses: ClientBuckets
  /** Pages on their way to readers. */
  reads: UnderWay
}

/** The turns that a share takes. A page that was not made too slowly gives all of them back but one. */
export const turnsOfShare = 5
/** Ten shares at once, or two of what takes too long. */
const sharePace: Pace = { burst: 9 + turnsOfShare, perSecond: 1 / 30 }
const missPace: Pace = { burst: 60, perSecond: 1 / 2 }

/** Opens a thread of its own, so that what learners share delays no launch, whose page another thread makes. */
export function openSnapshots(): HubSnapshots {
  // Another try would hold up all others who share. The one whose page it is can ask again.
  const { render, close } = openPreviews({ tries: 1 })
  return {
    ...{ render, close },
    shares: createBuckets(sharePace),
    makes: createUnderWay(),
    misses: createClientBuckets(missPace),
    reads: createUnderWay(),
  }
}
