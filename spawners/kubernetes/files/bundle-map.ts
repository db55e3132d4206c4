/** The ConfigMap in which the files of a small bundle are. Pure. */
import { createHash } from 'node:crypto'
import type { V1ConfigMap, V1ObjectMeta } from '@kubernetes/client-node'
import { z } from 'zod'
import type { BundleSource } from '../../files.ts'
import type { Installation } from '../../spawner.ts'
import { idOf, objectLabels, own } from '../labels.ts'
import type { ArchivedFile } from './archive.ts'

const bytesAtMost = 500 * 1024
const filesAtMost = 200
/** A label holds 63 characters, one less than a digest has. */
const labelLength = 40

/** Where one file of a bundle lies in its ConfigMap, whose keys cannot be paths. */
const file = z.strictObject({ key: z.string(), path: z.string(), mode: z.int() })
export type BundleFile = z.infer<typeof file>

const index = `${own.bundle}-files`

/** Returns whether a ConfigMap can hold the bundle. */
export function fits({ bytes, files, hasLinks }: BundleSource): boolean {
  return bytes <= bytesAtMost && files <= filesAtMost && !hasLinks
}

/** Returns the name of a bundle's ConfigMap. Two installations in one namespace have different ones. */
export function configMapName(digest: string, { name, id }: Installation): string {
  const owner = createHash('sha256').update(`${name} ${id}`).digest('hex').slice(0, 12)
  return `carrel-bundle-${owner}-${digest}`
}

export function bundleLabel(digest: string): string {
  return digest.slice(0, labelLength)
}

export function buildConfigMap(digest: string, archived: ArchivedFile[], installation: Installation): V1ConfigMap {
  const files = archived.map(({ path, mode }, at): BundleFile => ({ key: `file-${at}`, path, mode }))
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configMapName(digest, installation),
      labels: objectLabels('bundle', bundleLabel(digest), installation),
      annotations: { [own.digest]: digest, [index]: JSON.stringify(files) },
    },
    immutable: true,
    binaryData: Object.fromEntries(archived.map(({ bytes }, at) => [`file-${at}`, bytes.toString('base64')])),
  }
}

/** Returns the digest of the bundle that a ConfigMap holds, or undefined when it is none of this installation. */
export function digestOf(metadata: V1ObjectMeta, installation: Installation): string | undefined {
  const digest = metadata.annotations?.[own.digest]
  const isOurs = digest !== undefined && idOf({ metadata }, 'bundle', installation) === bundleLabel(digest)
  return isOurs ? digest : undefined
}

/** Returns where the files of a bundle lie in its ConfigMap. Throws when the ConfigMap does not say so. */
export function bundleFiles(metadata: V1ObjectMeta): BundleFile[] {
  return z.array(file).parse(JSON.parse(metadata.annotations?.[index] ?? ''))
}
