/** Lays folders into a pod: those that a server may write to, its home, and its bundles. Pure. */
import type { V1Container, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import type { BundleSource, MountedBundle, MountedHome, MountedLinks } from '../../files.ts'
import { copyLine } from '../../lines/copy-line.ts'
import { linkLine } from '../../lines/link-line.ts'
import { type Installation, SpawnError } from '../../spawner.ts'
import { literal } from '../container.ts'
import type { KubernetesOptions } from '../options.ts'
import { type BundleFile, configMapName } from './bundle-map.ts'
import { claimName } from './claim.ts'
import { fetchProgram, handingProgram, receivingProgram } from './fetch.ts'

/**
 * A bundle and where its files come from: a ConfigMap, or the hub, from which the pod fetches them at its start, or which
 * hands them to a pod that has no network.
 */
export type LaidBundle = MountedBundle &
  ({ files: BundleFile[] } | { bytes: number; url: string } | { bytes: number; tar: BundleSource['tar'] })

export interface Folders {
  home?: MountedHome | undefined
  bundles: LaidBundle[]
  /** Links into the bundles. */
  links?: readonly MountedLinks[] | undefined
  /** The program that runs when all is laid. */
  program: string[]
}

export interface Layout {
  volumes: V1Volume[]
  mounts: V1VolumeMount[]
  initContainers: V1Container[]
  /** The program, and in front of it the lines that copy bundles into the home and make links there. */
  program: string[]
}

/** Where an init container sees a volume that it fills. */
const homeElsewhere = '/carrel-home'
const fetchedElsewhere = '/carrel-bundle'
/**
 * The folder of a volume in which a bundle's files are. A ConfigMap's volume shows links to hidden folders at its top, and
 * plain files and folders below.
 */
const filesFolder = 'files'

/** `common` is what all containers of the pod have. */
export function layFolders(
  { home, bundles, links = [], program }: Folders,
  common: Omit<V1Container, 'name'>,
  installation: Installation,
  options: KubernetesOptions,
): Layout {
  refuseInside(home, bundles)
  const folders = (options.writable ?? []).filter((folder) => home === undefined || !isWithin(folder, home.path))
  const writable = options.writable === undefined ? [] : writableMounts(folders)
  const { env: _, ...plain } = common
  const initContainers: V1Container[] = folders.length > 0 ? [copyFolders(folders, plain)] : []
  const volumes: V1Volume[] = writable.map(({ name }) => ({ name, emptyDir: {} }))
  const mounts = [...writable]
  if (home !== undefined) {
    volumes.push({ name: 'home', persistentVolumeClaim: { claimName: claimName(home.id) } })
    mounts.push({ name: 'home', mountPath: home.path })
    if (home.fromImage) initContainers.push(copyImage(home, writable, common))
  }
  for (const [index, bundle] of bundles.entries()) {
    const name = bundleVolume(index)
    volumes.push(volumeOf(name, bundle, installation))
    if ('bytes' in bundle) initContainers.push(getBundle(name, bundle, common))
    const isEmpty = 'files' in bundle && bundle.files.length === 0
    mounts.push({ name, mountPath: bundle.path, readOnly: true, ...(!isEmpty && { subPath: filesFolder }) })
  }
  const copied = bundles.filter(({ into }) => into === 'home')
  const base = home?.path ?? '.'
  return {
    volumes,
    mounts,
    initContainers,
    program: copyLine(
      copied.map(({ path }) => ({ from: path, to: base })),
      linkLine(links, program, { base }),
    ),
  }
}

/** Returns how many bytes the pod fetches. */
export function fetchedBytes(bundles: LaidBundle[]): number {
  return bundles.reduce((sum, bundle) => sum + ('bytes' in bundle ? bundle.bytes : 0), 0)
}

/** Refuses a bundle inside the home, since the folder for it would be made there by root. */
function refuseInside(home: MountedHome | undefined, bundles: LaidBundle[]): void {
  const inside = home && bundles.find(({ path }) => isWithin(path, home.path))
  if (inside === undefined) return
  throw new SpawnError("Files of this course lie in the learner's own folder, where nothing is put.", {
    detail: `the bundle at ${inside.path} is inside the home at ${home?.path}; use into: 'home', or another path`,
    lasts: true,
  })
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`)
}

/** Returns an empty volume for `/tmp` and for each writable folder. */
function writableMounts(folders: string[]): V1VolumeMount[] {
  return ['/tmp', ...folders].map((mountPath, index) => ({ name: `writable-${index}`, mountPath }))
}

/** Builds the init container that copies the image's folders to the volumes, which begin empty. */
function copyFolders(folders: string[], common: Omit<V1Container, 'name'>): V1Container {
  const copy = 'for folder; do if [ -d "$folder" ]; then cp -R "$folder/." "/carrel$folder/"; fi; done'
  return {
    ...common,
    name: 'files',
    command: ['sh', '-c', copy, 'sh', ...folders].map(literal),
    volumeMounts: writableMounts(folders)
      .slice(1)
      .map(({ name, mountPath }) => ({ name, mountPath: `/carrel${mountPath}` })),
  }
}

/**
 * Builds the init container that copies what the image has into the home. The image's entry point stays in front, so an
 * image that starts as root and changes to its user copies as that user.
 */
function copyImage(home: MountedHome, writable: V1VolumeMount[], common: Omit<V1Container, 'name'>): V1Container {
  return {
    ...common,
    name: 'home',
    args: copyLine([{ from: home.path, to: homeElsewhere }], []).map(literal),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [...writable, { name: 'home', mountPath: homeElsewhere }],
  }
}

/** Builds the init container that fetches a bundle with the run's token of its environment, or is handed it. */
function getBundle(
  name: string,
  bundle: LaidBundle & { bytes: number },
  common: Omit<V1Container, 'name'>,
): V1Container {
  const program =
    'url' in bundle
      ? fetchProgram(bundle.url, fetchedElsewhere, filesFolder)
      : receivingProgram(fetchedElsewhere, filesFolder)
  return {
    ...common,
    name,
    command: program.map(literal),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name, mountPath: fetchedElsewhere }],
  }
}

/** Returns the name of a bundle's volume, and of the init container that fills it. */
export function bundleVolume(index: number): string {
  return `bundle-${index}`
}

/** The program that hands an archive to an init container. */
export const handing = handingProgram(fetchedElsewhere)

function volumeOf(name: string, bundle: LaidBundle, installation: Installation): V1Volume {
  if ('bytes' in bundle || bundle.files.length === 0) return { name, emptyDir: {} }
  const items = bundle.files.map(({ key, path, mode }) => ({ key, path: `${filesFolder}/${path}`, mode }))
  return { name, configMap: { name: configMapName(bundle.digest, installation), items } }
}
