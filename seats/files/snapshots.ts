/**
 * The addresses of snapshots: notebooks that users share as pages to read. They are at servers' hosts and never at the hub's own,
 * where that can be told apart (docs/decisions/0078-snapshots.md).
 */
import { serverOrigin } from '../host.ts'

/** What stands before the id of a snapshot in its address. */
export const snapshotsPrefix = '/_carrel/snapshots/'

/** The label of their host, where servers have hosts of their own. No server has one with `-` in it. */
export const snapshotsLabel = 'shared-copies'

/** The hub's address, without the id, at which a proxy asks for the page of a snapshot. */
export const snapshotsApiPrefix = '/hub/api/snapshots/'

/** Returns whether a text may be the id of a snapshot. */
export function isSnapshotId(text: string): boolean {
  return /^[a-z2-7]{20}$/.test(text)
}

/** Returns the public address of a snapshot. */
export function snapshotUrl(serversUrl: string, id: string): string {
  return serverOrigin(serversUrl, snapshotsLabel) + snapshotsPrefix + id
}
