import type { BundleSource } from '../../spawners/files.ts'

/** The `bundle` of a start whose spec has no bundles. */
export async function noBundle(digest: string): Promise<BundleSource> {
  throw new Error(`no bundle has the digest ${digest}`)
}
