import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.ts'
import type { Git } from '../../git/git.ts'
import { openGit } from '../../git/open.ts'
import type { Builder } from '../../spawners/builder.ts'
import type { OpenContext, Spawner } from '../../spawners/spawner.ts'
import type { HubCounters } from '../metrics/counters.ts'

/** What a hub has that makes images. */
export interface HubBuilds {
  /** Undefined where no images are made. */
  builder: Builder | undefined
  /** Whether images are made where servers start, so that no registry has them. */
  isLocal: boolean
  git: Git | undefined
  close(): Promise<void>
}

interface Opening {
  config: Config
  spawner: Spawner
  context: OpenContext
  counters: Pick<HubCounters, 'mirrorBytes'>
  log: Logger
  /** In place of the system's git. */
  git?: Git | undefined
}

const gitRules = { maxBytes: 2 * 2 ** 30, maxFiles: 100_000, seconds: 900 }

/** Opens what makes the images of the config. Opens nothing where it names none. */
export async function openBuilds({ config, spawner, context, counters, log, git: given }: Opening): Promise<HubBuilds> {
  const { images, builder: plugin, gitHosts } = config.builds
  if (Object.keys(images).length === 0) {
    return { builder: undefined, isLocal: false, git: undefined, close: async () => undefined }
  }
  const own = plugin === undefined ? undefined : await plugin.open(context)
  const builder = own ?? spawner.builder
  if (builder === undefined) {
    throw new Error(
      `builds.images: the ${config.spawner.name} spawner makes no images here. Say builds.builder, or take builds out.`,
    )
  }
  const git =
    given ??
    openGit({
      folder: join(context.dataDir, 'builds'),
      rules: { ...gitRules, hosts: [...config.git.hosts, ...gitHosts] },
      mostOnDisk: config.limits.gitMirrors,
      measured: (bytes) => void counters.mirrorBytes.set('images', bytes),
      log: (message) => log.warn({ part: 'builds' }, message),
    })
  const close = async () => {
    await git.close()
    await own?.close?.()
  }
  return { builder, isLocal: own === undefined, git, close }
}
