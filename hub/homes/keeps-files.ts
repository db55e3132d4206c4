import type { Course } from '../../courses/course.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

/** Returns whether the files of a server outlive a stop, as pages say it before the server is stopped. */
export function keepsFiles({ spawner }: Pick<Hub, 'spawner'>, server: Pick<Server, 'home'>): boolean {
  return spawner.keepsFiles || server.home !== undefined
}

/** Returns the same for servers of a course that start now. */
export function keepsFilesIn({ spawner }: Pick<Hub, 'spawner'>, course: Pick<Course, 'home'>): boolean {
  return spawner.keepsFiles || course.home !== undefined
}
