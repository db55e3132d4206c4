/** Has what tests of learners' copies begin with: a hub that has brought a course's notebooks, and the files of the learners' servers. */
import type { Cleanup } from '../../helpers/cleanup.ts'
import { createFakeServers, type FakeServers } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type ContentWorld, openContentWorld, pullEnded } from '../content/content-world.ts'

export interface CopiesWorld {
  /** What the hub's config has besides what all have, for another hub of the same database. */
  config: object
  content: ContentWorld
  world: FakeServers
  hub: TestHub
  /** The browser of a learner. */
  browser: HttpBrowser
  /** Returns the text of a file of the servers. */
  read(path: string): string
  /** Writes a notebook as a program of the learner does. */
  write(path: string, text: string): void
  /** The paths of the servers' files and folders. */
  names(): string[]
  /** Commits these files, and has the hub bring them. */
  push(files: Record<string, string>, course?: string): Promise<void>
  /** Stops the learner's only server. */
  stopServer(): Promise<void>
}

interface Opening {
  database: string
  /** The first commit. */
  files: Record<string, string>
  /** Changes what the config says of its course. */
  courses?(demo: object): Record<string, object>
}

export async function openCopiesWorld(
  cleanup: Cleanup,
  { database, files, courses = (demo) => ({ demo }) }: Opening,
): Promise<CopiesWorld> {
  const content = await openContentWorld(cleanup)
  await content.course.commit(files)
  const world = createFakeServers({ files: {}, bytes: {}, changes: [] })
  const config = { ...content.config, courses: courses(content.config.courses.demo ?? {}) }
  const hub = await startTestHub({ world, database, config: config as never })
  cleanup.defer(async () => {
    await hub.stop()
    await world.close()
  })
  await pullEnded(hub)
  const browser = hub.browser()
  return {
    ...{ content, config, world, hub, browser },
    read: (path) => Buffer.from(world.behaviour.bytes?.[path] ?? '', 'base64').toString(),
    write(path, text) {
      Object.assign(world.behaviour.bytes ?? {}, { [path]: Buffer.from(text).toString('base64') })
      Object.assign(world.behaviour.files ?? {}, { [path]: 'notebook' })
    },
    names: () => Object.keys(world.behaviour.files ?? {}).sort(),
    async push(files, course) {
      await content.course.commit(files)
      const { id } = await pullEnded(hub, 0, course)
      await hub.db('pulls').update({ due: 0 })
      await pullEnded(hub, id, course)
    },
    async stopServer() {
      await browser.submit(`/hub/servers/${(await hub.db('servers').first('id')).id}/stop`)
      await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    },
  }
}
