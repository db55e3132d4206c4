/** Names and labels of all that the spawner makes at an engine. Pure. */
import type { HomeSpec } from '../files.ts'
import type { Installation, ServerKey, ServerSpec } from '../spawner.ts'

export const label = {
  installation: 'carrel.installation',
  installationId: 'carrel.installation-id',
  server: 'carrel.server',
  run: 'carrel.run',
  hash: 'carrel.hash',
  course: 'carrel.course',
  user: 'carrel.user',
  errand: 'carrel.errand',
  home: 'carrel.home',
  account: 'carrel.account',
  size: 'carrel.size',
  bundle: 'carrel.bundle',
  /** On an image that was built: its name. */
  build: 'carrel.build',
  /** The program that a stop runs in the container before it ends it. */
  beforeStop: 'carrel.before-stop',
  /** On a container that helps another one, or fills a bundle: what it does. */
  part: 'carrel.part',
} as const

export type Labels = Record<string, string>

/** A container as far as its parts need it: their names begin with its name, and they carry its labels. */
export interface Owner {
  name: string
  labels: Labels
}

export function containerName({ server, run }: ServerKey): string {
  return `carrel-${server}-${run}`
}

export function errandContainer(id: string): string {
  return `carrel-errand-${id}`
}

export function homeName(id: string): string {
  return `carrel-home-${id}`
}

/** Returns the name of the network that the spawner makes. Two databases under one name get two networks. */
export function networkName({ name, id }: Installation): string {
  return `carrel-${name}-${id.slice(0, 8)}`
}

/** Returns the name of the network of servers that have internet where others have none, or none where others have it. */
export function otherNetworkName(installation: Installation, internet: boolean): string {
  return `${networkName(installation)}-${internet ? 'internet' : 'offline'}`
}

/** Returns the beginning of the names of the volumes of a bundle. */
export function bundleName(installation: Installation, digest: string): string {
  return `${networkName(installation)}-${digest}`
}

/** Returns the label filters by which `list` and `stop` find an installation's objects, or those with more labels. */
export function labelFilters(installation: Installation, ...more: string[]): string[] {
  return [`${label.installation}=${installation.name}`, `${label.installationId}=${installation.id}`, ...more]
}

export function installationLabels({ name, id }: Installation): Labels {
  return { [label.installation]: name, [label.installationId]: id }
}

export function isOurs(labels: Labels | null | undefined, { name, id }: Installation): boolean {
  return labels?.[label.installation] === name && labels[label.installationId] === id
}

/**
 * Returns the labels of a container: those of the options, and its own. Of ours it has all, and those that are not its own are
 * empty, because a container inherits the labels of its image that it has none of.
 */
export function containerLabels(given: Labels, own: Labels): Labels {
  return { ...given, ...Object.fromEntries(Object.values(label).map((name) => [name, ''])), ...own }
}

/** Returns the value of a label of ours; undefined where there is none, or an empty one. */
export function ownLabel(labels: Labels, name: keyof typeof label): string | undefined {
  return labels[label[name]] || undefined
}

/** Returns whether these are the labels of a container that helps another one. */
export function isPart(labels: Labels): boolean {
  return ownLabel(labels, 'part') !== undefined
}

export function runLabels(installation: Installation, spec: ServerSpec): Labels {
  return {
    ...installationLabels(installation),
    [label.server]: spec.server,
    [label.run]: String(spec.run),
    [label.hash]: spec.hash,
    [label.course]: spec.course,
    [label.user]: spec.user,
    ...(spec.home && { [label.home]: spec.home.id }),
  }
}

export function homeLabels(installation: Installation, { id, account, course, size }: HomeSpec): Labels {
  return {
    ...installationLabels(installation),
    [label.home]: id,
    [label.account]: account,
    [label.course]: course,
    ...(size !== undefined && { [label.size]: String(size) }),
  }
}

/** Reads a container's labels. Returns undefined when the container is no run of this installation, nor part of one. */
export function runOf(labels: Labels, installation: Installation): (ServerKey & { hash: string }) | undefined {
  const [server, run, hash] = (['server', 'run', 'hash'] as const).map((name) => ownLabel(labels, name))
  if (!isOurs(labels, installation)) return
  if (server === undefined || run === undefined || hash === undefined || !/^[1-9]\d*$/.test(run)) return
  return { server, run: Number(run), hash }
}
