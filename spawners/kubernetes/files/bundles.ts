/** Lays bundles into pods: small ones by ConfigMaps, which are made once, and bigger ones by fetching them from the hub. */
import type { BundleSource, Bundles, MountedBundle } from '../../files.ts'
import { type Installation, SpawnError } from '../../spawner.ts'
import type { PodApi } from '../api/api.ts'
import { labelSelector, useSelector } from '../labels.ts'
import { readArchive } from './archive.ts'
import { buildConfigMap, bundleFiles, configMapName, digestOf, fits } from './bundle-map.ts'
import type { LaidBundle } from './mounts.ts'

export interface Layer {
  /**
   * Returns how the bundles come into a pod. `source` is asked only for those that the cluster lacks. Those that are too big
   * for it are fetched by the pod, or handed to one that has no network.
   */
  lay(
    bundles: MountedBundle[],
    source: (digest: string) => Promise<BundleSource>,
    signal: AbortSignal,
    big?: 'fetched' | 'handed',
  ): Promise<LaidBundle[]>
}

/** Bytes of an archive beside its files: headers with long names, and the rest of each file's last block. */
const headerBytes = 4 * 512

export function mappedBundles(api: PodApi, installation: Installation): Bundles & Layer {
  async function layOne(
    bundle: MountedBundle,
    source: (digest: string) => Promise<BundleSource>,
    signal: AbortSignal,
    big: 'fetched' | 'handed',
  ): Promise<LaidBundle> {
    const { digest } = bundle
    const name = configMapName(digest, installation)
    const there = await api.configMaps.look(name, signal)
    if (there !== undefined) return { ...bundle, files: bundleFiles(checked(there)) }
    const found = await source(digest)
    if (!fits(found)) {
      const way = big === 'handed' ? { tar: () => found.tar() } : { url: urlOf(found, digest) }
      return { ...bundle, bytes: found.bytes, ...way }
    }
    const archived = await readArchive(found.tar(), found.bytes + (found.files + 8) * 2 * headerBytes)
    const body = buildConfigMap(digest, archived, installation)
    await api.configMaps.create(body, signal)
    return { ...bundle, files: bundleFiles(body.metadata ?? {}) }

    function checked(metadata: typeof there & object) {
      if (digestOf(metadata, installation) === digest) return metadata
      throw new SpawnError("Something else is in the place of this course's files.", {
        detail: `the ConfigMap ${name} in namespace ${api.namespace} is no bundle of this installation`,
      })
    }
  }

  return {
    lay: (bundles, source, signal, big = 'fetched') =>
      Promise.all(bundles.map((bundle) => layOne(bundle, source, signal, big))),

    async list() {
      const found = await api.configMaps.list(labelSelector(installation, 'bundle'))
      return found.flatMap((metadata) => digestOf(metadata, installation) ?? [])
    },

    async remove(digest) {
      const name = configMapName(digest, installation)
      const isUsed = async () => (await api.list(useSelector(installation, digest))).length > 0
      const there = await api.configMaps.get(name)
      const uid = there?.metadata?.uid
      if (there?.metadata === undefined || uid === undefined) return
      if (digestOf(there.metadata, installation) !== digest || (await isUsed())) return
      await api.configMaps.remove(name, uid)
      // A pod that was made in between has perhaps seen the ConfigMap, and gets it back.
      if (await isUsed()) await api.configMaps.create({ ...there, metadata: withoutIdentity(there.metadata) })
    },
  }
}

function withoutIdentity({ name, labels, annotations }: { name?: string; labels?: object; annotations?: object }) {
  return { name, labels, annotations } as { name: string; labels: Record<string, string> }
}

function urlOf({ url, bytes }: BundleSource, digest: string): string {
  if (url !== undefined) return url
  throw new SpawnError("The files of this course are too many for the cluster's own store.", {
    detail: `bundle ${digest} has ${bytes} bytes, and the hub has no listener from which a pod could fetch it (hub.internal)`,
    lasts: true,
  })
}
