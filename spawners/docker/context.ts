import type { Installation } from '../spawner.ts'
import type { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'

/** The values that the functions of this spawner share. */
export interface DockerContext {
  engine: Engine
  options: DockerOptions
  installation: Installation
  memory: Memory
}

/** What an opened spawner need not ask twice. All of it may be forgotten at any time. */
export interface Memory {
  /** The user that programs of an image run as, by the image's id and the settings of its user. */
  users: Map<string, ImageUser>
  /** The volume of each bundle, by digest. */
  bundles: Map<string, string>
  /** The bundles that are being filled, by digest. */
  filling: Map<string, Promise<string>>
  /** The images with which a server or errand had a home, the last one first. */
  images: string[]
}

export interface ImageUser {
  uid: number
  gid: number
  /** Whether the image's entry point changes to this user: the image itself names root. */
  drops: boolean
}
