/** Finds what does not fit together in the options about containers beside the server. Pure. */
import type { SharedMount } from '../files/shared-mounts.ts'
import type { InitContainer, Sidecar } from './schema.ts'
import { type Volumes, volumeOfHome } from './volumes.ts'

/** The options that speak of one another. */
export interface Beside {
  initContainers: readonly InitContainer[]
  sidecars: readonly Sidecar[]
  volumes: Volumes
}

export interface Problem {
  path: (string | number)[]
  message: string
}

/** Returns names, paths and ports that are there twice, and volumes that are not there, each problem with its place. */
export function namesThatMeet(options: Beside & { mounts: readonly SharedMount[]; port: number }): Problem[] {
  const { volumes, mounts, port, sidecars } = options
  const containers = placed(options)
  const known = new Set([volumeOfHome, ...volumes.map(({ name }) => name)])
  const missing = `is no volume here; there are ${[...known].join(', ')}. Say what it is in the option volumes`
  return [
    ...twice(
      containers.map(({ path, container }) => ({ path: [...path, 'name'], key: container.name })),
      'is the name of another container',
    ),
    ...twice(
      volumes.map(({ name }, index) => ({ path: ['volumes', index, 'name'], key: name })),
      'is the name of another volume',
    ),
    ...containers.flatMap(({ path, container: { volumeMounts = [] } }) => {
      const each = volumeMounts.map((mount, index) => ({ mount, at: [...path, 'volumeMounts', index] }))
      const absent = each.filter(({ mount }) => !known.has(mount.name))
      return [
        ...absent.map(({ at }) => ({ path: [...at, 'name'], message: missing })),
        ...twice(
          each.map(({ mount, at }) => ({ path: [...at, 'mountPath'], key: mount.mountPath })),
          'has another volume already',
        ),
      ]
    }),
    ...mounts.flatMap(({ volume }, index): Problem[] => {
      if (volume === undefined || (known.has(volume) && volume !== volumeOfHome)) return []
      const message = volume === volumeOfHome ? 'is where its course says (home.path)' : missing
      return [{ path: ['mounts', index, 'volume'], message }]
    }),
    ...sidecars.flatMap(({ ports = [] }, index) =>
      ports.flatMap(({ containerPort }, at): Problem[] => {
        if (containerPort !== port) return []
        return [{ path: ['sidecars', index, 'ports', at, 'containerPort'], message: 'is the port of the server' }]
      }),
    ),
  ]
}

/** Returns the name of a container that mounts the home, where there is one. */
export function whoNeedsHome(options: Beside): string | undefined {
  const mounting = placed(options).find(({ container: { volumeMounts = [] } }) =>
    volumeMounts.some(({ name }) => name === volumeOfHome),
  )
  return mounting?.container.name
}

/** Returns the images of all these containers, each once, with how nodes get them. */
export function imagesBeside(options: Beside): Map<string, 'given' | 'fresh'> {
  const images = new Map<string, 'given' | 'fresh'>()
  for (const { container } of placed(options)) {
    const { image, imagePullPolicy } = container
    if (images.get(image) !== 'fresh') images.set(image, imagePullPolicy === 'Never' ? 'given' : 'fresh')
  }
  return images
}

/** Returns the names of those that may take all memory of their node. */
export function unlimited(options: Beside): string[] {
  return placed(options).flatMap(({ container: { name, resources } }) =>
    resources?.limits?.memory === undefined ? [name] : [],
  )
}

function placed({ initContainers, sidecars }: Pick<Beside, 'initContainers' | 'sidecars'>) {
  return [
    ...initContainers.map((container, index) => ({ path: ['initContainers', index], container })),
    ...sidecars.map((container, index) => ({ path: ['sidecars', index], container })),
  ]
}

function twice(all: { path: Problem['path']; key: string }[], message: string): Problem[] {
  const seen = new Set<string>()
  return all.flatMap(({ path, key }) => {
    if (seen.has(key)) return [{ path, message }]
    seen.add(key)
    return []
  })
}
