/** After a pull, makes the pages of a course's notebooks, so that they are there when a learner clicks. */
import { coursesWithContent } from '../content/courses.ts'
import { listNotebooks } from '../db/content/notebooks.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { renewPreview, withPictures } from './make.ts'

/** Starts what each hub does after its own pulls. What it leaves when it ends is made when a learner asks for it, or by the next pull. */
export function startPreviews(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const loop = async () => {
    for (;;) {
      const course = await hub.previews.next(controller.signal)
      if (course === undefined) return
      await makeAll(hub, course, controller.signal).catch((error: unknown) => {
        if (!controller.signal.aborted)
          hub.log.warn(
            { course, reason: messageOf(error) },
            'the notebooks of a course could not be made pages to read',
          )
      })
    }
  }
  const running = loop()
  return {
    async stop() {
      controller.abort()
      // A notebook that takes long does not hold the end of the hub.
      await hub.previews.close()
      await running
    },
  }
}

async function makeAll(hub: Hub, id: string, signal: AbortSignal): Promise<void> {
  const course = coursesWithContent(hub).get(id)
  if (course === undefined) return
  await withPictures(hub, course, async (pictures) => {
    for (const notebook of await listNotebooks(hub.db, id)) {
      if (signal.aborted) return
      await renewPreview(hub, course, notebook, pictures)
    }
  })
}
