import { startRegistry } from '../helpers/engines/registry.ts'
import type { ImageRegistry } from './contract-images.ts'

/** Starts a registry with images that are made of the one in this archive. */
export async function registryOf(archive: string): Promise<ImageRegistry & { close(): Promise<void> }> {
  const registry = await startRegistry({ archive })
  let count = 0
  return {
    publish: (name) => registry.publish(name === undefined ? `new-${++count}` : tagOf(name)),
    withdraw: async (name) => registry.withdraw(tagOf(name)),
    unknown: `${registry.address}/course/none:1`,
    hold: () => registry.hold(),
    asked: () => registry.requests.length,
    close: () => registry.close(),
  }
}

function tagOf(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}
