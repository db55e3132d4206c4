import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { notebookEntries } from '../../hub/previews/image-entries.ts'
import { lookingCommand } from '../../hub/previews/image-program.ts'
import { copyingCommand } from '../../hub/static-files/program.ts'
import { isStaticPath } from '../../seats/files/static-files.ts'
import type { Spawner } from '../../spawners/spawner.ts'
import { noBundle } from '../helpers/no-bundle.ts'

/**
 * Reads out of an image with JupyterLab and one notebook what the hub reads there, by errands of this spawner: the static files,
 * of which each arrives whole, and the notebooks.
 */
export async function readImage(spawner: Spawner, image: string): Promise<void> {
  const files: string[] = []
  await readBy(spawner, { image, command: copyingCommand }, async (stdout) => {
    for await (const entry of stdout.pipe(extract())) {
      let size = 0
      for await (const part of entry) size += (part as Buffer).length
      assert.equal(size, entry.header.size, entry.header.name)
      // The program of JupyterLab has other files too, which the hub leaves out.
      if (isStaticPath(entry.header.name)) files.push(entry.header.name)
    }
  })
  assert.ok(files.length > 100, `${files.length} files`)
  assert.ok(files.some((name) => name.startsWith('static/lab/')))
  const notebooks: string[] = []
  await readBy(spawner, { image, command: lookingCommand('') }, async (stdout) => {
    for await (const { path } of notebookEntries(stdout)) notebooks.push(path)
  })
  assert.deepEqual(notebooks, ['welcome.ipynb'])
}

async function readBy(
  { errands }: Spawner,
  { image, command }: { image: string; command: string[] },
  read: (stdout: Readable) => Promise<void>,
): Promise<void> {
  if (errands === undefined) throw new Error('this spawner has no errands')
  const stdout = new PassThrough()
  const errand = { id: randomBytes(8).toString('hex'), image, command, bundles: [] }
  const limits = { cpu: 1, memory: 512 * 2 ** 20 }
  const signal = new AbortController().signal
  const ran = errands.run({ ...errand, limits }, { signal, stdout, bundle: noBundle }).then((end) => {
    stdout.end()
    return end
  })
  const [{ code, lines }] = await Promise.all([ran, read(stdout)])
  assert.deepEqual([code, lines], [0, []])
}
