/** The place in which the contract suite of files runs: `test/spawners/contract-files.ts`. */
import type { Readable } from 'node:stream'
import type { Installation, Listen, Spawner } from '../../../spawners/spawner.ts'

export interface FilesWorld {
  /** Opens another spawner for the installation, as another hub would. The suite closes it. */
  open(installation: Installation): Promise<Spawner>
  /**
   * Images with `sh` and the usual small programs, for another user each; `root` ends as root. At `path` each of them has
   * the files of `imageFiles`, and `first`, a link to `welcome.txt`.
   */
  images: Record<ImageName, string>
  /** An image that is nowhere, so that nothing could start with it. */
  missingImage: string
  /** The absolute path of the specs' homes. */
  path: string
  /** Returns the command of a program that answers `GET /` with 200, until it is asked to end. */
  working(listen: Listen): string[]
  /** Returns the status of `GET <url>/`. Default: the request is sent from this process. */
  statusOf?(url: string): Promise<number>
  /** Kills all processes of a server, as a crash does. */
  kill(server: string): Promise<void>
  /** Returns the names of all objects of this errand or server, found without the spawner. */
  objects(id: string): Promise<string[]>
  /** A folder beyond a home in which the program of the image `root` may write, and a learner's link may lead. */
  elsewhere: string
  /** Makes an archive fetchable for servers with this token, and returns its url. Absent where none fetches any. */
  publish?(archive: () => Readable, token: string): Promise<string>
  /**
   * A hub in a process of its own, which the suite kills: a module that exports `open(setting, installation)`, which returns
   * a spawner, and the setting for it.
   */
  hub: { module: string; setting: string }
  can: Abilities
  close?(): Promise<void>
}

export type ImageName = 'plain' | 'other' | 'root'

/** What differs between spawners. The suite tests that each answer is true. */
export interface Abilities {
  /** Programs see homes and bundles at the paths of the spec. Else they see them at paths of the machine. */
  absolutePaths: boolean
  /** Programs run as the user of the image. Else they run as the hub's own. */
  imageUsers: boolean
  /** Errands see no network: `none` of its interfaces, or a `policy` closes it, or it is `open`. */
  errandNetwork: 'none' | 'policy' | 'open'
  /** A home's size is a limit. */
  sizes: boolean
  /** Programs cannot write into a bundle, also those of root. */
  lockedBundles: boolean
}

export const imageFiles = { 'welcome.txt': 'from the image', 'week 1/intro.txt': 'from the image too' }
