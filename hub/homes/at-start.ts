/** What a spawner is asked about the files with which a server would start. */
import type { Course } from '../../courses/course.ts'
import type { MountedHome } from '../../spawners/files.ts'
import { imageOf } from '../builds/images.ts'
import type { Database } from '../db/dialect.ts'
import { findHome, findHomeOf, type Home } from '../db/homes/homes.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import type { Hub } from '../hub.ts'
import { homeKeyOf } from './account.ts'

export interface FilesAtStart {
  server: string | undefined
  /** The course's image where its files come in; else ''. */
  image: string
  home?: MountedHome
}

/** Returns what a start of the user's server in this course would find. `server` is the one that is there. */
export async function filesOfStart(
  { db }: Pick<Hub, 'db'>,
  course: Course,
  { user, server }: { user: User; server: Server | undefined },
): Promise<FilesAtStart> {
  const home = course.home === undefined ? undefined : await findHomeOf(db, homeKeyOf(user, course))
  return filesWith(await withImage(db, course), home, server?.id)
}

/** Returns what the next start of a server that runs would find. */
export async function filesOfRestart({ db }: Pick<Hub, 'db'>, course: Course, server: Server): Promise<FilesAtStart> {
  const home = server.home === undefined ? undefined : await findHome(db, server.home)
  return filesWith(await withImage(db, course), home, server.id)
}

/** Returns the course with the image that its servers start from; with none where that was not built yet. */
async function withImage(db: Database, course: Course): Promise<Course> {
  return { ...course, image: (await imageOf(db, course.image)) ?? '' }
}

function filesWith({ image, home: setting }: Course, home: Home | undefined, server: string | undefined): FilesAtStart {
  if (setting === undefined) return { server, image }
  const fromImage = setting.from === 'image'
  const mounted = home && { id: home.id, state: home.spawnerState ?? {}, path: setting.path, fromImage }
  return { server, image: fromImage ? image : '', ...(mounted && { home: mounted }) }
}
