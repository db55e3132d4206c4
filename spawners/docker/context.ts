import type { Installation } from '../spawner.ts'
import type { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'

/** The values that the functions of this spawner share. */
export interface DockerContext {
  engine: Engine
  /** The spawner's options, or those of one server. */
  options: DockerOptions
  /** The network of servers with these options. */
  network: string
  installation: Installation
  /** The folder in which the hub keeps its own files. */
  dataDir: string
  memory: Memory
  /** Tells an operator of something that stops nothing. */
  warn(message: string): void
}

/** What an opened spawner need not ask twice. All of it may be forgotten at any time. */
export interface Memory {
  /** The user that programs of an image run as, by the image's id and the settings of its user. */
  users: Map<string, ImageUser>
  /** The volume of each bundle, by digest. */
  bundles: Map<string, string>
  /** The bundles that are being filled, by digest. */
  filling: Map<string, Promise<string>>
  /** The networks that are being looked for or made, by name. */
  networks: Map<string, Promise<void>>
  /** The images with which a server or errand had a home, the last one first. */
  images: string[]
}

export interface ImageUser {
  uid: number
  gid: number
  /** Whether the image's entry point changes to this user: the image itself names root. */
  drops: boolean
}
