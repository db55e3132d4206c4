import type { SpawnerPlugin } from '../../spawners/spawner.ts'

/**
 * Returns a spawner that starts nothing: every server is `url`, is there at once, and runs for ever. What remains of a
 * start is the hub's own work.
 */
export function nullSpawner(url: string): SpawnerPlugin {
  return {
    name: 'null',
    open: async () => ({
      keepsFiles: true,
      folderOf: ({ path }) => path,
      listen: () => ({ port: 8888 }),
      start: async () => ({ url, state: {}, adopted: false }),
      poll: async () => ({ state: 'running' }),
      stop: async () => undefined,
      list: async () => [],
    }),
  }
}
