/** The options that may differ from server to server. */
import { optionsFor, type SpawnerOptions, serverOptionsOf } from '../options/server-options.ts'
import type { ServerOptions } from '../spawner.ts'
import type { DockerContext } from './context.ts'
import { networkFor } from './network.ts'
import { type DockerOptions, dockerOptions, dockerServerOptions } from './options.ts'

/** Returns the server options of a spawner with these options. */
export function serverOptions(settings: DockerOptions): ServerOptions {
  return serverOptionsOf(optionsWith(settings))
}

/** Returns the options of one server, given those of its spawner. */
export function serverSettings(settings: DockerOptions, given: Record<string, unknown> | undefined): DockerOptions {
  return optionsFor(optionsWith(settings), given)
}

/** Returns the options of one server, or undefined where there is something wrong with those that it was given. */
export function soundSettings(settings: DockerOptions, given: Record<string, unknown> = {}): DockerOptions | undefined {
  return serverOptions(settings).problems(given).length > 0 ? undefined : serverSettings(settings, given)
}

/** Returns the context of a server with these options, from that of its spawner. */
export function contextFor(docker: DockerContext, given: Record<string, unknown> | undefined): DockerContext {
  const options = serverSettings(docker.options, given)
  return { ...docker, options, network: networkFor(options, docker.options, docker.installation) }
}

function optionsWith(settings: DockerOptions): SpawnerOptions<typeof dockerOptions> {
  return { schema: dockerOptions, settings, names: dockerServerOptions, beside: ['afterStart', 'beforeStop'] }
}
