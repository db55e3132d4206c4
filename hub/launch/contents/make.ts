/** Makes a notebook in a learner's server, where no file of its name is. */

import { z } from 'zod'
import type { Course } from '../../../courses/course.ts'
import { startFile } from '../../../courses/start.ts'
import { say } from '../../../words/text.ts'
import { type Ask, asker, contentsOf } from '../../copies/ask.ts'
import { putNew } from '../../copies/put.ts'
import type { Server } from '../../db/servers/servers.ts'
import { HttpError, messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import type { FoundFile } from '../files.ts'

const patienceMilliseconds = 10_000

export interface NewNotebook {
  course: Course | undefined
  path: string
  /** The nearest folder of the path that is there, and what is in it. */
  folder: string
  entries: FoundFile[]
}

/**
 * Makes an empty notebook with the course's kernel, and the folders that its path needs. A file that came meanwhile stays
 * as it is, and is opened.
 */
export async function makeNotebook(hub: Hub, server: Server, notebook: NewNotebook): Promise<void> {
  const { path } = notebook
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    const kernelspec = await kernelOf(ask, notebook)
    const content = { cells: [], metadata: kernelspec ? { kernelspec } : {}, nbformat: 4, nbformat_minor: 5 }
    await putNew(ask, { path, folder: notebook.folder, file: { type: 'notebook', format: 'json', content } })
  } catch (error) {
    const reason = messageOf(error)
    hub.log.warn({ server: server.id, file: path.slice(0, 200), reason }, 'could not make a notebook')
    throw new HttpError(
      409,
      'notebook_not_made',
      say`Your notebook server did not make this notebook: the folder may not be writable, or the disk full. Make one in the list of files.`,
      [],
    )
  }
}

const name = z.string().min(1).max(200)
const specSchema = z.looseObject({ spec: z.looseObject({ display_name: name, language: name }) })
const specsSchema = z.looseObject({ default: name, kernelspecs: z.record(z.string(), z.unknown()) })
const modelSchema = z.looseObject({ content: z.unknown() })
const notebookSchema = z.looseObject({ metadata: z.looseObject({ kernelspec: z.looseObject({ name }) }) })

/**
 * Returns the kernel of the course's first notebook, else of one beside the new notebook, else the server's own choice.
 * Undefined where the server tells of none: then its page asks the learner.
 */
async function kernelOf(ask: Ask, { course, entries }: NewNotebook) {
  const told = specsSchema.safeParse(jsonOf(await ask('api/kernelspecs')))
  if (!told.success) return undefined
  const { default: own, kernelspecs } = told.data
  const models = [course && startFile(course), entries.find(({ type }) => type === 'notebook')?.path].filter(
    (one) => one !== undefined,
  )
  const asked = models.map((model) => () => kernelIn(ask, model))
  for (const find of [...asked, async () => own]) {
    const kernel = await find()
    const known = specSchema.safeParse(
      kernel !== undefined && Object.hasOwn(kernelspecs, kernel) && kernelspecs[kernel],
    )
    if (kernel === undefined || !known.success) continue
    const { display_name, language } = known.data.spec
    return { name: kernel, display_name, language }
  }
  return undefined
}

/**
 * Returns the kernel that a notebook names. Reads it as a text: Jupyter repairs a notebook that it cannot read, and takes
 * one that is being saved at the moment for such a one, so that the save would be lost. A text that Jupytext opens is never repaired.
 */
async function kernelIn(ask: Ask, path: string): Promise<string | undefined> {
  const isText = path.endsWith('.ipynb')
  const kind = isText ? 'type=file&format=text' : 'type=notebook'
  const answer = await ask(`${contentsOf(path)}?content=1&${kind}`).catch(() => undefined)
  const model = modelSchema.safeParse(answer && jsonOf(answer))
  const content = model.success ? model.data.content : undefined
  const read = notebookSchema.safeParse(isText ? jsonOf({ status: 200, text: String(content) }) : content)
  return read.success ? read.data.metadata.kernelspec.name : undefined
}

function jsonOf({ status, text }: { status: number; text: string }): unknown {
  try {
    return status === 200 ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
